"""What was known of each customer on a day, as numbers: nothing after the day bears on them."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.churn.bgnbd import alive_share, fit_bgnbd, silent_share
from ml.churn.config import ChurnConfig
from ml.churn.frames import ChurnFrames

#: Features by driver: what a planner hears named is the driver, not the feature.
DRIVERS: dict[str, tuple[str, ...]] = {
    "silence": (
        "log_silence",
        "silence_squared",
        "orders_silence",
        "limit_share",
        "gap_ratio",
        "longest_gap_ratio",
        "silence_age_share",
    ),
    "frequency": ("log_orders", "log_rate", "recent_90d_orders", "recent_365d_orders", "bought_once"),
    "rhythm": ("gap_variation", "last_gap_ratio"),
    "amount": ("log_amount", "log_mean_amount", "once_amount"),
    "amount_trend": ("last_amount_ratio", "year_amount_ratio"),
    "returns": ("return_share", "lost_orders"),
    "breadth": ("log_products", "new_product_share", "lines_a_day", "log_price"),
    "age": ("log_age",),
    "alive": ("alive_log_odds", "silent_log_odds"),
    "season": ("season_share", "weekend_share"),
    "ratings": ("mean_stars", "last_stars", "low_ratings"),
    "complaints": ("complaints_365d", "complaints_90d"),
    "payment": ("mean_days_late", "overdue_share"),
    "contact": ("touches_90d", "touch_ratio"),
    "projects": ("late_project_days", "project_rest_days"),
    "remaining": ("log_remaining",),
}
FEATURES: tuple[str, ...] = tuple(name for names in DRIVERS.values() for name in names)
#: What the plain member of the blend sees: recency, frequency and monetary value, and how long is left.
CORE: tuple[str, ...] = ("log_silence", "log_orders", "log_amount", "log_remaining")


def features_on(
    days: pl.DataFrame, frames: ChurnFrames, states: pl.DataFrame, origin: date, config: ChurnConfig
) -> pl.DataFrame:
    """FEATURES on `origin`, a row for each of `states` in its order: customer_id, a float column a feature.

    days: of `daily`. states: customer_id, last_order_on, silence_days, silence_limit_days and
    remaining_days (until the outcome is decided), of this origin; a customer may be asked about with several
    of them. NULL where nothing is known.
    """
    past = days.filter(pl.col("day_on") <= origin).with_columns(
        ago=(pl.lit(origin) - pl.col("day_on")).dt.total_days()
    )
    table = states.select("customer_id", "silence_days", "silence_limit_days", "remaining_days")
    for part in (
        _buying(past),
        _season(past, origin, config),
        _ratings(frames, origin),
        _complaints(frames, origin),
        _payment(frames, origin),
        _contact(frames, origin),
        _projects(frames, origin),
    ):
        table = table.join(part, on="customer_id", how="left", maintain_order="left")
    table = _derived(table)
    alive, silent = _alive(table)
    table = table.with_columns(alive_log_odds=pl.Series(alive), silent_log_odds=pl.Series(silent))
    return table.select("customer_id", *(pl.col(name).cast(pl.Float64).fill_nan(None) for name in FEATURES))


def _buying(past: pl.DataFrame) -> pl.DataFrame:
    active = past.filter("is_active").sort("customer_id", "day_on")
    gap = pl.col("day_on").diff().dt.total_days().over("customer_id")
    rhythm = (
        active.with_columns(gap=gap)
        .group_by("customer_id", maintain_order=True)
        .agg(
            active_days=pl.len(),
            age_days=pl.col("ago").max(),
            recent_90d_orders=(pl.col("ago") < 90).sum().log1p(),
            recent_365d_orders=(pl.col("ago") < 365).sum().log1p(),
            median_gap=pl.col("gap").median(),
            mean_gap=pl.col("gap").mean(),
            longest_gap=pl.col("gap").max(),
            last_gap=pl.col("gap").last(),
            gap_deviation=pl.col("gap").std(),
            weekend_share=(pl.col("day_on").dt.weekday() > 5).mean(),
        )
    )
    sums = past.group_by("customer_id", maintain_order=True).agg(
        amount=pl.col("amount").sum(),
        mean_amount=pl.col("amount").filter(pl.col("line_count") > 0).mean(),
        last_amount=pl.col("amount").filter(pl.col("line_count") > 0).last(),
        year_amount=pl.col("amount").filter(pl.col("ago") < 365).sum(),
        prior_amount=pl.col("amount").filter(pl.col("ago").is_between(365, 729)).sum(),
        return_amount=pl.col("return_amount").sum(),
        lost_orders=pl.col("lost_count").sum().log1p(),
        products=pl.col("new_product_count").sum(),
        line_count=pl.col("line_count").sum(),
        quantity=pl.col("quantity").sum(),
    )
    return rhythm.join(sums, on="customer_id", how="left")


def _derived(table: pl.DataFrame) -> pl.DataFrame:
    silence, age = pl.col("silence_days").cast(pl.Float64), pl.col("age_days").cast(pl.Float64)
    has_lines, net = pl.col("line_count") > 0, (pl.col("amount") - pl.col("return_amount")).clip(0)
    bought_once = (pl.col("active_days") == 1).cast(pl.Float64)
    log_amount = pl.when(has_lines).then(net.log1p())
    return table.with_columns(
        log_silence=silence.log1p(),
        silence_squared=silence.log1p() ** 2,
        orders_silence=silence.log1p() * pl.col("active_days").log(),
        limit_share=(silence / pl.col("silence_limit_days")).clip(0, 2),
        gap_ratio=(silence / pl.col("median_gap").clip(1)).clip(0, 20).log1p(),
        longest_gap_ratio=(silence / pl.col("longest_gap").clip(1)).clip(0, 20).log1p(),
        silence_age_share=silence / age.clip(1),
        log_orders=pl.col("active_days").log(),
        log_rate=(pl.col("active_days") / age.clip(14)).log(),
        bought_once=bought_once,
        gap_variation=(pl.col("gap_deviation") / pl.col("mean_gap").clip(1)).clip(0, 5),
        last_gap_ratio=(pl.col("last_gap") / pl.col("mean_gap").clip(1)).clip(0, 5),
        log_amount=log_amount,
        log_mean_amount=pl.col("mean_amount").clip(0).log1p(),
        once_amount=bought_once * (log_amount - log_amount.mean()),
        last_amount_ratio=(pl.col("last_amount").clip(1) / pl.col("mean_amount").clip(1)).log().clip(-3, 3),
        year_amount_ratio=pl.when(age >= 365).then(
            ((pl.col("year_amount").clip(0) + 1) / (pl.col("prior_amount").clip(0) + 1)).log().clip(-3, 3)
        ),
        return_share=pl.when(has_lines).then(
            (pl.col("return_amount") / pl.col("amount").clip(1)).clip(0, 1).sqrt()
        ),
        log_products=pl.when(has_lines).then(pl.col("products").log1p()),
        new_product_share=pl.when(has_lines).then(pl.col("products") / pl.col("line_count")),
        lines_a_day=pl.when(has_lines).then((pl.col("line_count") / pl.col("active_days")).log1p()),
        log_price=pl.when((pl.col("quantity") > 0) & (pl.col("amount") > 0)).then(
            (pl.col("amount") / pl.col("quantity")).log()
        ),
        log_age=age.log1p(),
        log_remaining=pl.col("remaining_days").cast(pl.Float64).clip(0).log1p(),
    )


def _alive(table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of being alive and of no purchase until the outcome is decided, as BG/NBD sees them."""
    nothing = np.full(table.height, np.nan)
    repeats = table["active_days"].cast(pl.Float64).to_numpy() - 1
    age = table["age_days"].cast(pl.Float64).to_numpy()
    last = age - table["silence_days"].cast(pl.Float64).to_numpy()
    if not table.height or np.nansum(repeats) < 20:
        return nothing, nothing
    model = fit_bgnbd(repeats, last, age, penalty=0.001)
    ahead = table["remaining_days"].cast(pl.Float64).to_numpy()
    shares = alive_share(model, repeats, last, age), silent_share(model, repeats, last, age, ahead)
    held = [np.clip(share, 0.002, 0.998) for share in shares]
    return np.log(held[0] / (1 - held[0])), np.log(held[1] / (1 - held[1]))


def _season(past: pl.DataFrame, origin: date, config: ChurnConfig) -> pl.DataFrame:
    """The share of a customer's earlier orders that fell into the same quarter of a year as the next one.

    Only of customers known for a year: of others it would say when they came.
    """
    coming = {(origin + timedelta(days=30 * step)).month for step in range(3)}
    known = past.filter("is_active").with_columns(age=pl.col("ago").max().over("customer_id"))
    return (
        known.filter(pl.col("age") >= config.floor_days)
        .group_by("customer_id")
        .agg(season_share=(pl.col("day_on").dt.month().is_in(sorted(coming)).sum() + 0.5) / (pl.len() + 2))
    )


def _ago(frame: pl.DataFrame, column: str, origin: date) -> pl.DataFrame:
    known = frame.drop_nulls(column).filter(pl.col(column) <= origin)
    return known.with_columns(ago=(pl.lit(origin) - pl.col(column)).dt.total_days()).sort(
        "customer_id", column
    )


def _ratings(frames: ChurnFrames, origin: date) -> pl.DataFrame:
    rated = _ago(frames.ratings.drop_nulls("stars"), "rated_on", origin)
    return (
        rated.sort("customer_id", "rated_on", "stars")
        .group_by("customer_id", maintain_order=True)
        .agg(
            mean_stars=pl.col("stars").filter(pl.col("ago") < 730).mean(),
            last_stars=pl.col("stars").last(),
            low_ratings=((pl.col("stars") <= 2) & (pl.col("ago") < 365)).sum().cast(pl.Float64),
        )
    )


def _complaints(frames: ChurnFrames, origin: date) -> pl.DataFrame:
    told = _ago(frames.complaints.filter(pl.col("is_counted").fill_null(True)), "received_on", origin)
    return told.group_by("customer_id").agg(
        complaints_365d=(pl.col("ago") < 365).sum().log1p(), complaints_90d=(pl.col("ago") < 90).sum().log1p()
    )


def _payment(frames: ChurnFrames, origin: date) -> pl.DataFrame:
    """Days past due, of invoices due in two years: paid ones by the last payment, open ones until now."""
    paid = (
        frames.payments.filter(pl.col("paid_on") <= origin)
        .group_by("invoice_id")
        .agg(paid_on=pl.col("paid_on").max())
    )
    due = _ago(frames.invoices.filter(pl.col("issued_on") <= origin), "due_on", origin)
    late = (pl.coalesce("paid_on", pl.lit(origin)) - pl.col("due_on")).dt.total_days().clip(-30, 180)
    return (
        due.filter(pl.col("ago") < 730)
        .join(paid, on="invoice_id", how="left")
        .with_columns(late=late)
        .group_by("customer_id")
        .agg(mean_days_late=pl.col("late").mean(), overdue_share=pl.col("paid_on").is_null().mean())
    )


def _contact(frames: ChurnFrames, origin: date) -> pl.DataFrame:
    touched = _ago(frames.interactions.filter(pl.col("is_human").fill_null(True)), "happened_on", origin)
    recent = (pl.col("ago") < 90).sum()
    yearly = pl.col("ago").is_between(90, 454).sum() * (90 / 365)
    return touched.group_by("customer_id").agg(
        touches_90d=recent.log1p(), touch_ratio=((recent + 0.5) / (yearly + 0.5)).log()
    )


def _projects(frames: ChurnFrames, origin: date) -> pl.DataFrame:
    """How late the latest project of the last year was or is, and how long ago the last one ended."""
    ended = pl.when(pl.col("finished_on") <= origin).then(pl.col("finished_on"))
    began = pl.coalesce("initiated_on", "started_on", "planned_finish_on")
    plan = pl.col("planned_finish_on")
    rest = (pl.lit(origin) - pl.col("ended_on")).dt.total_days()
    late = (pl.coalesce("ended_on", pl.lit(origin)) - plan).dt.total_days().clip(0, 365)
    is_known = pl.col("finished_on").is_not_null() | pl.col("is_open").fill_null(False)
    return (
        frames.projects.filter(is_known, (began <= origin).fill_null(True))
        .with_columns(ended_on=ended)
        .group_by("customer_id")
        .agg(
            late_project_days=late.filter((rest < 365).fill_null(True)).max(),
            project_rest_days=rest.min().cast(pl.Float64).log1p(),
        )
    )
