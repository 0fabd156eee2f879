"""A company's demand forecast at rolling month ends, scored on the months that followed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from ml.backtest.metrics import bias, coverage, pinball, rmse, wape, width
from ml.backtest.origins import month_starts
from ml.backtest.results import ROW_SCHEMA, BacktestResult
from ml.demand.config import INPUT_SCHEMA, DemandConfig, PanelConfig
from ml.demand.forecast import forecast
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.demand.members import SeriesPool
from ml.demand.outlook import product_outlook
from ml.frames import with_schema

Clock = Callable[[], float]
METHODS = ("model", "seasonal_naive", "last_quarter_mean")
_SHARES = (0.1, 0.5, 0.8, 0.9)
_NAMES = [f"quantity_p{round(100 * share)}" for share in _SHARES]
#: Months of history before the first origin: fewer teach nothing about a season, nor about anything else.
_WARM_MONTHS = 3


def monthly_origins(
    order_lines: pl.DataFrame, as_of_on: date, *, horizons: int = 2, since: date | None = None
) -> list[date]:
    """The month ends from which a forecast's first `horizons` months can be judged by `as_of_on`."""
    first = order_lines.select(pl.col("ordered_on").cast(pl.Date).min()).item()
    if first is None:
        return []
    last = pl.select(pl.lit(last_complete_month(as_of_on)).dt.offset_by(f"-{horizons - 1}mo")).item()
    begin = pl.select(pl.lit(first).dt.month_start().dt.offset_by(f"{_WARM_MONTHS}mo")).item()
    ends = [start - timedelta(days=1) for start in month_starts(begin, last)]
    return [end for end in ends if since is None or end >= since]


def backtest(
    order_lines: pl.DataFrame,
    origins: Sequence[date],
    as_of_on: date,
    *,
    clock: Clock,
    config: DemandConfig | None = None,
    panel_config: PanelConfig | None = None,
) -> BacktestResult:
    """Model, seasonal naive (the published baseline) and last quarter's mean, on the same products.

    A product counts from its third month on. Lag 30 is the month that begins at the origin, lag 60 the one
    after.
    """
    config, panel_config = config or DemandConfig(), panel_config or PanelConfig()
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines")
    actual = monthly_series(sold_by_month(lines, as_of_on), last_complete_month(as_of_on))
    seconds = dict.fromkeys(METHODS, 0.0)
    pieces = []
    with SeriesPool(panel_config.workers) as pool:
        for origin in origins:
            known = lines.filter(pl.col("ordered_on") <= origin)
            for method, frame in _forecasts(known, origin, config, panel_config, pool, seconds, clock):
                pieces.append(frame.with_columns(method=pl.lit(method), origin=pl.lit(origin)))
    if not pieces:
        return BacktestResult(
            "demand", 0, list(origins), seconds, {}, notes=("no origin has a month to judge",)
        )
    scored = _scored(pl.concat(pieces), actual)
    metrics = {m: _measures(scored.filter(method=m)) for m in METHODS}
    return BacktestResult(
        "demand",
        scored.filter(method="model").height,
        list(origins),
        seconds,
        metrics,
        _rows(scored),
    )


def _forecasts(
    known: pl.DataFrame,
    origin: date,
    config: DemandConfig,
    panel_config: PanelConfig,
    pool: SeriesPool,
    seconds: dict[str, float],
    clock: Clock,
) -> Iterator[tuple[str, pl.DataFrame]]:
    columns = ["product_id", "period_on", "horizon_months", *_NAMES]
    started = clock()
    model = product_outlook(known, origin, config, panel_config, pool)
    seconds["model"] += clock() - started
    started = clock()
    naive = forecast(known, origin, publication_name="", run_id="", config=config)
    seconds["seasonal_naive"] += clock() - started
    started = clock()
    series = monthly_series(sold_by_month(known, origin), last_complete_month(origin))
    means = (
        series.group_by("product_id", maintain_order=True)
        .tail(3)
        .group_by("product_id")
        .agg(mean=pl.col("quantity").mean())
    )
    seconds["last_quarter_mean"] += clock() - started
    classes = model.select("product_id", "class_code").unique()
    naive = naive.drop_nulls("quantity_p50")
    model = model.join(naive.select("product_id").unique(), on="product_id", how="semi")
    flat = model.select("product_id", "period_on", "horizon_months").join(means, on="product_id")
    yield "model", model.select(*columns, "class_code")
    yield "seasonal_naive", naive.select(columns).join(classes, on="product_id")
    yield (
        "last_quarter_mean",
        flat.select(*columns[:3], *(pl.col("mean").alias(name) for name in _NAMES)).join(
            classes, on="product_id"
        ),
    )


def _scored(forecasts: pl.DataFrame, actual: pl.DataFrame) -> pl.DataFrame:
    """Forecasts of months that are known; every method has the same rows."""
    joined = forecasts.join(actual, on=["product_id", "period_on"]).drop_nulls(_NAMES)
    shared = joined.group_by("product_id", "period_on", "origin").len().filter(pl.col("len") == len(METHODS))
    return joined.join(shared, on=["product_id", "period_on", "origin"], how="semi").sort(
        "method", "origin", "product_id", "period_on"
    )


def _measures(rows: pl.DataFrame) -> dict[str, float | None]:
    a = rows["quantity"].to_numpy()
    at = {share: rows[name].to_numpy() for share, name in zip(_SHARES, _NAMES, strict=True)}
    found: dict[str, float | None] = {
        f"wape_{30 * lag}": _wape(rows.filter(horizon_months=lag)) for lag in (1, 2)
    }
    found |= {"wape": wape(a, at[0.5]), "rmse": rmse(a, at[0.5]), "bias": bias(a, at[0.5])}
    found["abs_bias"] = None if found["bias"] is None else abs(found["bias"])
    found |= {f"pinball_{round(100 * share)}": pinball(a, q, share) for share, q in at.items()}
    return {**found, "coverage_80": coverage(a, at[0.1], at[0.9]), "width_80": width(at[0.1], at[0.9])}


def _wape(rows: pl.DataFrame) -> float | None:
    return wape(rows["quantity"].to_numpy(), rows["quantity_p50"].to_numpy()) if rows.height else None


def _pinball(rows: pl.DataFrame) -> float | None:
    losses = [
        pinball(rows["quantity"].to_numpy(), rows[name].to_numpy(), share)
        for share, name in zip(_SHARES, _NAMES, strict=True)
    ]
    known = [loss for loss in losses if loss is not None]
    return sum(known) / len(known) if known else None


def _rows(scored: pl.DataFrame) -> pl.DataFrame:
    """Mean quantile loss and WAPE by class over all, and by origin and horizon."""
    found = []
    for method in METHODS:
        rows = scored.filter(method=method)
        cuts = [("all", "all", "all", rows)]
        cuts += [
            ("all", str(key[0]), "all", part)
            for key, part in rows.group_by("class_code", maintain_order=True)
        ]
        cuts += [
            (str(key[0]), "all", "all", part) for key, part in rows.group_by("origin", maintain_order=True)
        ]
        cuts += [
            ("all", "all", str(key[0]), part)
            for key, part in rows.group_by("horizon_months", maintain_order=True)
        ]
        for origin, segment, horizon, part in cuts:
            found.append((origin, segment, horizon, method, "pinball", _pinball(part), part.height))
            found.append((origin, segment, horizon, method, "wape", _wape(part), part.height))
    return pl.DataFrame(found, schema=ROW_SCHEMA, orient="row")
