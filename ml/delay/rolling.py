"""The delay back-test: every origin learns anew and forecasts what begins until the next, as it begins."""

import time
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.backtest import metrics
from ml.backtest.bootstrap import difference_interval
from ml.backtest.origins import month_starts
from ml.backtest.results import ROW_SCHEMA, BacktestResult, Difference
from ml.delay.baseline import late_by_booster
from ml.delay.classes import known_at, with_sizes
from ml.delay.config import ITEM_SCHEMA, DelayConfig, ModelConfig
from ml.delay.features import asked_at
from ml.delay.forecast import place
from ml.delay.model import TooLittleKnownError, train
from ml.delay.snapshots import age_days
from ml.frames import with_schema

MODEL, BOOSTER, CLASS, PLAN = "model", "hist_gradient_boosting", "reference_class", "planned_date"
METHODS = (MODEL, BOOSTER, CLASS, PLAN)
#: The quantiles scored; the 80% band lies between the outer two.
SCORED = (0.1, 0.5, 0.9)
#: No more origins than this are learned at; half years unless the past is short.
_MOST_ORIGINS = 12
#: A segment with fewer finished items has no coverage of its own.
_LEAST_SEGMENT = 30


def backtest(
    items: pl.DataFrame,
    known_until_on: date,
    *,
    from_on: date | None = None,
    config: ModelConfig | None = None,
    draws: int = 200,
) -> BacktestResult:
    """How late work that began from `from_on` on turned out, against what would have been said as it began.

    items: ITEM_SCHEMA with outcomes until `known_until_on`. from_on: half of all starts lie before it unless
    given. Late or not counts work that is past its date and open as late, and leaves out what is neither
    finished nor due. Days of open work are scored by the least loss that agrees with what is known.
    """
    config = config or ModelConfig()
    items = with_schema(items, ITEM_SCHEMA, "items").sort("item_id")
    items, notes = _usable(items, known_until_on)
    seconds = dict.fromkeys(METHODS, 0.0)
    origins = origins_of(items, from_on, config.minimum_rows)
    frames, used = [], []
    for begin, end in zip(origins, [*origins[1:], date.max], strict=False):
        rows = _forecasts_at(items, begin, end, config, seconds, notes)
        if rows is not None:
            frames.append(rows)
            used.append(begin)
    if not frames:
        return BacktestResult(
            "delay",
            0,
            [],
            seconds,
            {},
            notes=[*notes, "too few pieces of work began and finished to test by"],
        )
    rows = _with_outcomes(pl.concat(frames), known_until_on)
    return BacktestResult(
        task="delay",
        n=rows.height,
        origins=used,
        seconds=seconds,
        metrics={method: measures(rows, method) for method in METHODS},
        rows=_all_measures(rows),
        differences=_differences(rows, draws),
        notes=notes,
    )


def _usable(items: pl.DataFrame, known_until_on: date) -> tuple[pl.DataFrame, list[str]]:
    """Started items; a finish before the start or after the last known day is named and left out."""
    started = items.filter(pl.col("started_on") <= pl.lit(known_until_on))
    is_odd = (pl.col("finished_on") < pl.col("started_on")) | (pl.col("finished_on") > pl.lit(known_until_on))
    odd = started.filter(is_odd.fill_null(False)).height
    notes = [f"{odd} left out: finished before they began, or after {known_until_on}"] if odd else []
    return started.filter(~is_odd.fill_null(False)), notes


def origins_of(items: pl.DataFrame, from_on: date | None, minimum: int) -> list[date]:
    """The days at which the model is learned: from `from_on`, else from when half of the items had begun."""
    starts = items["started_on"].sort()
    if len(starts) < 2 * minimum:
        return []
    first = from_on or starts[len(starts) // 2].replace(day=1)
    months = (starts[-1].year - first.year) * 12 + starts[-1].month - first.month + 1
    step = next((s for s in (1, 2, 3, 6, 12) if months / s <= _MOST_ORIGINS), 12)
    later = month_starts(first + timedelta(days=1), starts[-1], 1)[step - 1 :: step]
    return [first, *later] if first <= starts[-1] else []


def _forecasts_at(
    items: pl.DataFrame,
    begin: date,
    end: date,
    config: ModelConfig,
    seconds: dict[str, float],
    notes: list[str],
) -> pl.DataFrame | None:
    """All methods' forecasts of what begins from `begin` until before `end`, by what was known before."""
    eve = begin - timedelta(days=1)
    in_window = (pl.col("started_on") >= begin) & (pl.col("started_on") < end)
    asked = asked_at(items.filter(in_window), pl.col("started_on"))
    if not asked.height:
        return None
    clock = time.perf_counter()
    age = asked.select(age_days()).to_series()
    try:
        delays = train(items, eve, config).predict(items, asked)
    except TooLittleKnownError as error:
        notes.append(str(error))
        return None
    bands = {f"{MODEL}_p{round(100 * q)}": pl.Series(delays.quantile(q)) for q in SCORED}
    late = {MODEL: delays.late_share()}
    seconds[MODEL] += time.perf_counter() - clock
    clock = time.perf_counter()
    late[BOOSTER] = late_by_booster(items, asked, eve)
    seconds[BOOSTER] += time.perf_counter() - clock
    clock = time.perf_counter()
    bands |= _class_bands(items, asked, eve)
    seconds[CLASS] += time.perf_counter() - clock
    bands |= {f"{PLAN}_p{round(100 * q)}": (age + 1).clip(lower_bound=0) for q in SCORED}
    return asked.select(
        "item_id",
        "planned_finish_on",
        "finished_on",
        origin=pl.lit(begin),
        segment=pl.col("segment_code").fill_null("unknown"),
        group=pl.coalesce("site_id", "owner_id", "parent_id", "item_id"),
    ).with_columns(
        *(values.cast(pl.Float64).alias(name) for name, values in bands.items()),
        *(pl.Series(f"{name}_late", values) for name, values in late.items()),
    )


def _class_bands(items: pl.DataFrame, asked: pl.DataFrame, eve: date) -> dict[str, pl.Series]:
    """The reference classes' quantiles as of `eve`, each item placed at its age as it begins."""
    config = DelayConfig()
    named = {"item_id": "milestone_id", "segment_code": "phase_code"}
    extra = {"budget_amount": pl.lit(None, pl.Float64), "currency_code": pl.lit(None, pl.String)}
    known, _ = known_at(items.rename(named).with_columns(**extra), eve, config.observed_days)
    wanted = asked.with_columns(**extra, delay_days=age_days()).rename(named)
    known, wanted = with_sizes(known, wanted)
    if not known.height:
        nothing = {f"{CLASS}_p{round(100 * q)}": pl.repeat(0.0, asked.height, eager=True) for q in SCORED}
        return nothing | {f"{CLASS}_late": pl.repeat(0.5, asked.height, eager=True)}
    placed = place(known, wanted, config)
    bands = {
        f"{CLASS}_p{round(100 * q)}": placed[f"delay_p{round(100 * q)}_days"].fill_null(0) for q in SCORED
    }
    return bands | {f"{CLASS}_late": placed["late_probability_share"].fill_null(0.5)}


def _with_outcomes(rows: pl.DataFrame, known_until_on: date) -> pl.DataFrame:
    """Adds outcome_days, is_final, and is_late (NULL: neither finished nor due)."""
    finish, plan, until = pl.col("finished_on"), pl.col("planned_finish_on"), pl.lit(known_until_on)
    last = pl.coalesce(finish, until)
    delay = (last - plan).dt.total_days()
    return rows.with_columns(
        outcome_days=delay,
        is_final=finish.is_not_null(),
        is_late=pl.when(finish.is_not_null() | (delay > 0)).then(delay > 0),
    )


def measures(rows: pl.DataFrame, method: str) -> dict[str, float | int | None]:
    """Every measure that a method has on these rows: of late or not, and of days."""
    found: dict[str, float | int | None] = {"n": rows.height}
    if f"{method}_late" in rows.columns:
        known = rows.drop_nulls("is_late")
        is_late, chance = known["is_late"].to_numpy(), known[f"{method}_late"].to_numpy()
        found |= {
            "n_late_or_not": known.height,
            "prevalence": float(is_late.mean()) if known.height else None,
            "auc": metrics.auc(is_late, chance),
            "pr_auc": metrics.average_precision(is_late, chance),
            "brier": metrics.brier(is_late, chance) if known.height else None,
            "calibration_error": metrics.calibration_error(is_late, chance),
        }
    if f"{method}_p50" in rows.columns:
        found |= _days(rows, method)
    return found


def _days(rows: pl.DataFrame, method: str) -> dict[str, float | int | None]:
    outcome, is_final = rows["outcome_days"].to_numpy(), rows["is_final"].to_numpy()
    bands = {q: rows[f"{method}_p{round(100 * q)}"].to_numpy() for q in SCORED}
    losses = {q: metrics.pinball_at_least(outcome, band, q, is_final) for q, band in bands.items()}
    final = rows.filter("is_final")
    done, low, middle, high = (
        final[name].to_numpy() for name in ("outcome_days", *(f"{method}_p{round(100 * q)}" for q in SCORED))
    )
    found = {f"pinball_p{round(100 * q)}": loss for q, loss in losses.items()}
    found |= {
        "pinball": _mean(list(losses.values())),
        "mae_p50": None if losses[0.5] is None else 2 * losses[0.5],
        "mae_p50_finished": metrics.mae(done, middle),
        "n_finished": final.height,
    }
    if method == PLAN:
        return found
    open_high = ~is_final & (outcome >= bands[0.9])
    inside = ((done >= low) & (done <= high)).sum()
    return found | {
        "coverage_80": metrics.coverage(done, low, high),
        "coverage_80_decided": float(inside / d) if (d := final.height + int(open_high.sum())) else None,
        "coverage_80_min_phase": _least_coverage(rows, method),
        "width_80": metrics.width(bands[0.1], bands[0.9]),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    return None if any(v is None for v in values) else float(np.mean([v for v in values if v is not None]))


def _least_coverage(rows: pl.DataFrame, method: str) -> float | None:
    """The coverage of the segment that is covered worst, of those with enough finished work."""
    low, high = pl.col(f"{method}_p10"), pl.col(f"{method}_p90")
    covered = (
        rows.filter("is_final")
        .group_by("segment")
        .agg(n=pl.len(), covered=pl.col("outcome_days").is_between(low, high).mean())
        .filter(pl.col("n") >= _LEAST_SEGMENT)
    )
    return covered["covered"].min()


def _all_measures(rows: pl.DataFrame) -> pl.DataFrame:
    """ROW_SCHEMA: measures by method over all, by origin, and by segment."""
    parts = [("all", "all", rows)]
    parts += [(str(key[0]), "all", part) for key, part in rows.group_by("origin", maintain_order=True)]
    parts += [
        ("all", str(key[0]), part)
        for key, part in rows.sort("segment").group_by("segment", maintain_order=True)
    ]
    told = [
        (origin, segment, "all", method, metric, None if value is None else float(value), part.height)
        for origin, segment, part in parts
        for method in METHODS
        for metric, value in measures(part, method).items()
    ]
    return pl.DataFrame(told, schema=ROW_SCHEMA, orient="row")


def _differences(rows: pl.DataFrame, draws: int) -> list[Difference]:
    """The model against each baseline, with intervals by resampling whole sites (or projects)."""
    found = []
    for baseline, metric in (
        (BOOSTER, "auc"),
        (BOOSTER, "brier"),
        (BOOSTER, "pr_auc"),
        (CLASS, "pinball"),
        (PLAN, "pinball"),
    ):
        part = rows.drop_nulls("is_late") if baseline == BOOSTER else rows

        def difference(
            at: np.ndarray, part: pl.DataFrame = part, metric: str = metric, other: str = baseline
        ) -> float:
            values = [_one(part[at], method, metric) for method in (MODEL, other)]
            return float("nan") if None in values else values[0] - values[1]

        everything = difference(np.arange(part.height))
        low, high = difference_interval(part["group"].to_numpy(), difference, draws=draws)
        found.append(Difference(MODEL, baseline, metric, everything, low, high))
    return found


def _one(rows: pl.DataFrame, method: str, metric: str) -> float | None:
    if metric == "pinball":
        outcome, is_final = rows["outcome_days"].to_numpy(), rows["is_final"].to_numpy()
        return _mean(
            [
                metrics.pinball_at_least(outcome, rows[f"{method}_p{round(100 * q)}"], q, is_final)
                for q in SCORED
            ]
        )
    of = {"auc": metrics.auc, "brier": metrics.brier, "pr_auc": metrics.average_precision}[metric]
    return of(rows["is_late"].to_numpy(), rows[f"{method}_late"].to_numpy())
