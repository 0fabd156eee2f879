"""Value foreseen again a year before the data end, beside the rule it must beat."""

import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.backtest import metrics
from ml.backtest.bootstrap import difference_interval
from ml.backtest.results import ROW_SCHEMA, BacktestResult, Difference
from ml.churn.cases import history_of
from ml.churn.frames import ChurnFrames
from ml.value.cases import customers_on, with_outcome, worth_of
from ml.value.config import METHODS, ValueConfig
from ml.value.model import cases_before, fit

_MODEL, _LAST_YEAR, _ = METHODS
_SHARES = (0.1, 0.5, 0.9)


class BacktestError(ValueError):
    """No year lies behind any customer; the message says from when to when the data go."""


def backtest(frames: ChurnFrames, as_of_on: date, config: ValueConfig | None = None) -> BacktestResult:
    """How well the coming year was ranked and bounded at dates whose year has since passed.

    Origins: the last day whose year has passed, and a quarter and two before it. Methods: model; last_year
    (rank and band by last year's worth); constant (every customer alike). Measures: spearman of the rank,
    mae of P50, pinball at 10, 50 and 90, coverage_80, width_80; in `rows` also median_next_year by tier
    (S the highest 5 % by score, A the next 20 %, B the rest), which should fall from S to B. Raises
    BacktestError.
    """
    config = config or ValueConfig()
    history = history_of(frames)
    if history.days.is_empty():
        raise BacktestError("no customer has ordered: there is nothing to score")
    until = min(as_of_on, history.days["day_on"].max())
    last = until - timedelta(days=config.horizon_days)
    origins = [last - timedelta(days=config.origin_step_days * step) for step in (2, 1, 0)]
    worth = worth_of(history)
    tested = with_outcome(customers_on(history, worth, origins, config), worth, config)
    parts, seconds = [], {_MODEL: 0.0, _LAST_YEAR: 0.0, "constant": 0.0}
    for (origin,), new in tested.sort("origin_on", "customer_id").group_by("origin_on", maintain_order=True):
        seen = cases_before(history, worth, origin, config)
        if seen.height < config.minimum_cases:
            continue
        told = new.select("customer_id", "origin_on", "next_year")
        for method in (_MODEL, _LAST_YEAR):
            started = time.perf_counter()
            model = fit(seen, config, method)
            said = np.column_stack([model.score(new), model.quantiles(new, _SHARES)])
            seconds[method] += time.perf_counter() - started
            told = _beside(told, method, said)
        quantiles = np.quantile(seen["next_year"].to_numpy(), _SHARES)
        parts.append(_beside(told, "constant", np.tile([0.0, *quantiles], (new.height, 1))))
    if not parts:
        first = history.days["day_on"].min()
        raise BacktestError(
            f"the data go from {first} to {until}: a year to learn from and a year to score are needed"
        )
    return _result(pl.concat(parts), seconds)


def _beside(told: pl.DataFrame, method: str, said: np.ndarray) -> pl.DataFrame:
    names = ("score", "p10", "p50", "p90")
    return told.with_columns(
        pl.Series(f"{method}.{name}", said[:, place]) for place, name in enumerate(names)
    )


def spearman(actual: np.ndarray, score: np.ndarray) -> float | None:
    """Rank correlation; None where either is the same for all."""
    ranks = [pl.Series(values).rank().to_numpy() for values in (actual, score)]
    if len(actual) < 2 or min(part.std() for part in ranks) == 0:
        return None
    return float(np.corrcoef(*ranks)[0, 1])


def _measures(told: pl.DataFrame, method: str) -> dict[str, float | None]:
    y = told["next_year"].to_numpy()
    score, low, middle, high = (
        told[f"{method}.{name}"].to_numpy() for name in ("score", "p10", "p50", "p90")
    )
    return {
        "spearman": spearman(y, score),
        "mae": metrics.mae(y, middle),
        "pinball_10": metrics.pinball(y, low, 0.1),
        "pinball_50": metrics.pinball(y, middle, 0.5),
        "pinball_90": metrics.pinball(y, high, 0.9),
        "coverage_80": metrics.coverage(y, low, high),
        "width_80": metrics.width(low, high),
    }


def _by_tier(told: pl.DataFrame, method: str) -> list[tuple[str, float | None, int]]:
    rank = (pl.col(f"{method}.score").rank(descending=True) - 0.5) / pl.len()
    tier = pl.when(rank <= 0.05).then(pl.lit("S")).when(rank <= 0.25).then(pl.lit("A")).otherwise(pl.lit("B"))
    found = told.with_columns(tier=tier).group_by("tier").agg(pl.col("next_year").median(), n=pl.len())
    return list(found.sort("tier").iter_rows())


def _result(told: pl.DataFrame, seconds: dict[str, float]) -> BacktestResult:
    rows = []
    for origin in [None, *told["origin_on"].unique().sort()]:
        part = told if origin is None else told.filter(pl.col("origin_on") == origin)
        name = "all" if origin is None else str(origin)
        for method in seconds:
            for metric, value in _measures(part, method).items():
                rows.append((name, "all", "365d", method, metric, value, part.height))
            if origin is not None and method != "constant":
                for tier, value, count in _by_tier(part, method):
                    rows.append((name, f"tier_{tier}", "365d", method, "median_next_year", value, count))
    return BacktestResult(
        task="value",
        n=told.height,
        origins=told["origin_on"].unique().sort().to_list(),
        seconds=seconds,
        metrics={method: _measures(told, method) for method in seconds},
        rows=pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row"),
        differences=_differences(told),
    )


def _differences(told: pl.DataFrame) -> list[Difference]:
    y = told["next_year"].to_numpy()
    ours, theirs = (told[f"{method}.score"].to_numpy() for method in (_MODEL, _LAST_YEAR))

    def difference(rows: np.ndarray) -> float | None:
        found = spearman(y[rows], ours[rows]), spearman(y[rows], theirs[rows])
        return None if found[0] is None or found[1] is None else found[0] - found[1]

    value = difference(np.arange(len(y)))
    if value is None:
        return []
    low, high = difference_interval(told["customer_id"].to_numpy(), difference, draws=200)
    return [Difference(_MODEL, _LAST_YEAR, "spearman", value, low, high)]
