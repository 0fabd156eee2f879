"""Churn by orders, foreseen again at earlier dates with what was known then, beside its baselines."""

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.backtest import metrics
from ml.backtest.bootstrap import difference_interval
from ml.backtest.results import ROW_SCHEMA, BacktestResult, Difference
from ml.churn.cases import History, cases_on, history_of, with_features
from ml.churn.config import ChurnConfig
from ml.churn.frames import ChurnFrames
from ml.churn.measures import Measure, measures, quick_auc, quick_brier
from ml.churn.model import fit_cases

Method = Callable[[pl.DataFrame, pl.DataFrame, date], np.ndarray]
#: Training origins lie an eighth of the silence apart, and at least a week; the first has so much history.
_STEPS_A_SILENCE, _FIRST_DAYS = 8, 7
#: Origins tested where none are asked for.
_TESTED = 6


class BacktestError(ValueError):
    """There is nothing to score, or the origins asked for don't fit the data; the message says why."""


def backtest(
    frames: ChurnFrames,
    as_of_on: date,
    *,
    silence_days: int | None = None,
    origins: Sequence[date] | None = None,
    from_on: date | None = None,
    config: ChurnConfig | None = None,
) -> BacktestResult:
    """How well those who fell silent were told from those who did not, at each origin.

    silence_days: churned is who orders nothing (returns and cancelled orders are none) in so many days after
    the origin; without it the company's definition (`cases_on`). origins: unset, those decided by the last
    day of the data: every 60 days from `from_on`, six at most. Every method learns from cases decided by
    the origin. Methods: model, rfm_logistic (recency, frequency and monetary value as they are),
    log_rfm_logistic (their logarithms: the stronger), recency_only, constant_rate. AUC, lift and PR-AUC are
    means over origins, as customers are ranked on one day; Brier and calibration are over all. Raises
    BacktestError.
    """
    config = config or ChurnConfig()
    started = time.perf_counter()
    history = history_of(frames)
    if history.rhythm.is_empty():
        raise BacktestError("no customer has ordered: there is nothing to score")
    until = min(as_of_on, history.days["day_on"].max())
    tested = _tested(origins, from_on, until, silence_days, history.rhythm["active_on"].min(), config)
    learnt = _learnt(tested, history.rhythm["active_on"].min(), silence_days, config)
    cases = _cases(history, tested, learnt, silence_days, config)
    cases = with_features(history, cases.filter(pl.col("due_on") <= until), config)
    shared = time.perf_counter() - started
    methods: dict[str, Method] = {
        "model": lambda seen, new, origin: _model(seen, new, origin, config),
        "rfm_logistic": _rfm,
        "log_rfm_logistic": lambda seen, new, _: _logistic(
            seen, new, ["log_silence", "log_orders", "log_amount"]
        ),
        "recency_only": lambda seen, new, _: _logistic(seen, new, ["log_silence", "log_remaining"]),
        "constant_rate": lambda seen, new, _: np.full(new.height, _rate(seen)),
    }
    said, seconds = _said(cases, tested, methods)
    if said.is_empty():
        raise BacktestError(
            f"no outcome was decided by {until} for the origins {', '.join(map(str, tested)) or '(none)'}"
        )
    seconds["model"] += shared
    return _result(said, seconds, list(methods), config)


def _cases(
    history: History, tested: list[date], learnt: list[date], silence_days: int | None, config: ChurnConfig
) -> pl.DataFrame:
    """Cases of all origins; by days of silence, also of half as many, which are decided sooner.

    So a model learns from the latest weeks too, whose whole silence is not known yet; how far a case looks
    ahead is one of its features (stacked landmarks, van Houwelingen, Scand. J. Statist. 2007).
    """
    origins = sorted({*tested, *learnt})
    whole = cases_on(history, origins, config, silence_days).with_columns(is_whole=pl.lit(True))
    if silence_days is None or silence_days < 2:
        return whole
    half = cases_on(history, learnt, config, silence_days // 2).with_columns(is_whole=pl.lit(False))
    return pl.concat([whole, half])


def _tested(
    origins: Sequence[date] | None,
    from_on: date | None,
    until: date,
    silence_days: int | None,
    first_on: date,
    config: ChurnConfig,
) -> list[date]:
    if origins:
        late = [day for day in origins if day + timedelta(days=silence_days or 1) > until]
        if late:
            raise BacktestError(f"the outcome of {late[0]} is not known by {until}, the last day of the data")
        return sorted(set(origins))
    span = silence_days or config.floor_days
    last = until - timedelta(days=span + 1)
    begin = max(from_on or first_on, first_on + timedelta(days=span + config.origin_step_days))
    days = [last - timedelta(days=2 * config.origin_step_days * step) for step in range(_TESTED)]
    return sorted(day for day in days if day >= begin)


def _learnt(
    tested: Sequence[date], first_on: date, silence_days: int | None, config: ChurnConfig
) -> list[date]:
    """Origins to learn from: every silence / 8 days (a week at least) back from the last one tested."""
    if not tested:
        return []
    step = (
        config.origin_step_days
        if silence_days is None
        else max(_FIRST_DAYS, silence_days // _STEPS_A_SILENCE)
    )
    span = (tested[-1] - tested[0]).days // step
    days = [tested[-1] - timedelta(days=step * number) for number in range(config.origin_count + span)]
    return [day for day in days if day >= first_on + timedelta(days=_FIRST_DAYS)]


def _said(
    cases: pl.DataFrame, tested: Sequence[date], methods: dict[str, Method]
) -> tuple[pl.DataFrame, dict[str, float]]:
    """Every method's probability of each case tested, and the seconds each took."""
    parts, seconds = [], dict.fromkeys(methods, 0.0)
    for origin in tested:
        every = cases.filter(pl.col("due_on") <= origin)
        seen = every.filter("is_whole")
        new = cases.filter(pl.col("origin_on") == origin, pl.col("is_whole"))
        if seen.is_empty() or new.is_empty():
            continue
        told = new.select("customer_id", "origin_on", is_churned=pl.col("is_churned").cast(pl.Float64))
        for name, method in methods.items():
            started = time.perf_counter()
            told = told.with_columns(pl.Series(name, method(every if name == "model" else seen, new, origin)))
            seconds[name] += time.perf_counter() - started
        parts.append(told)
    return (pl.concat(parts) if parts else pl.DataFrame()), seconds


def _rate(seen: pl.DataFrame) -> float:
    return float((seen["is_churned"].sum() + 1) / (seen.height + 2))


def _model(seen: pl.DataFrame, new: pl.DataFrame, origin: date, config: ChurnConfig) -> np.ndarray:
    model = fit_cases(seen, origin, config)
    if model is None:  # what would be published then: the rate by silence
        return _logistic(seen, new, ["log_silence", "log_remaining"])
    return model.blend.probability(new)


def _rfm(seen: pl.DataFrame, new: pl.DataFrame, _: date) -> np.ndarray:
    values = (
        pl.col("silence_days").cast(pl.Float64).alias("recency"),
        pl.col("log_orders").exp().alias("frequency"),
        pl.col("log_amount").exp().alias("monetary"),
    )
    seen, new = (part.with_columns(values) for part in (seen, new))
    return _logistic(seen, new, ["recency", "frequency", "monetary"])


def _logistic(seen: pl.DataFrame, new: pl.DataFrame, names: list[str]) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    y = seen["is_churned"].to_numpy().astype(float)
    if not 0 < y.sum() < len(y):
        return np.full(new.height, _rate(seen))
    x, x_new = (part.select(pl.col(names).fill_null(0)).to_numpy().astype(float) for part in (seen, new))
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(x), y)
    return model.predict_proba(scaler.transform(x_new))[:, 1]


def _result(
    said: pl.DataFrame, seconds: dict[str, float], methods: list[str], config: ChurnConfig
) -> BacktestResult:
    origins = said["origin_on"].unique().sort().to_list()
    rows, by_method = [], {}
    for method in methods:
        whole = measures(said["is_churned"].to_numpy(), said[method].to_numpy())
        by_origin = []
        for origin in origins:
            part = said.filter(pl.col("origin_on") == origin)
            found = measures(part["is_churned"].to_numpy(), part[method].to_numpy())
            by_origin.append(found)
            rows += [
                (str(origin), "all", "all", method, name, value, part.height) for name, value in found.items()
            ]
        for name in ("auc", "pr_auc", "lift_10"):
            values = [found[name] for found in by_origin if found[name] is not None]
            whole[name] = float(np.mean(values)) if values else None
        by_method[method] = whole
        rows += [("all", "all", "all", method, name, value, said.height) for name, value in whole.items()]
        rows += _bins(said, method)
    return BacktestResult(
        task="churn",
        n=said.height,
        origins=origins,
        seconds=seconds,
        metrics=by_method,
        rows=pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row"),
        differences=_differences(said, methods),
        notes=_notes(said),
    )


def _bins(said: pl.DataFrame, method: str) -> list[tuple[str, str, str, str, str, float, int]]:
    """The points of the reliability plot over all origins: what a tenth was told, and what became of it."""
    points = metrics.reliability(said["is_churned"].to_numpy(), said[method].to_numpy())
    return [
        ("all", f"bin_{number:02}", "all", method, name, value, count)
        for number, (told, seen, count) in enumerate(points, 1)
        for name, value in (("probability_mean", told), ("event_share", seen))
    ]


def _notes(said: pl.DataFrame) -> list[str]:
    rate = said["is_churned"].mean()
    return [] if 0 < rate < 1 else [f"all {said.height} outcomes are the same: nothing could be ranked"]


def _differences(said: pl.DataFrame, methods: list[str]) -> list[Difference]:
    """Over customers, who recur at every origin; each measure within an origin, then the mean."""
    y, groups = said["is_churned"].to_numpy(), said["customer_id"].to_numpy()
    told = {method: said[method].to_numpy() for method in methods}
    _, origin = np.unique(said["origin_on"].to_numpy(), return_inverse=True)
    found = []
    for baseline in methods[1:-1]:
        for metric, measure in _MEASURES.items():

            def difference(
                rows: np.ndarray, measure: Measure = measure, baseline: str = baseline
            ) -> float | None:
                values = []
                for day in range(origin.max() + 1):
                    part = rows[origin[rows] == day]
                    ours, theirs = (measure(y[part], told[name][part]) for name in ("model", baseline))
                    if ours is not None and theirs is not None:
                        values.append(ours - theirs)
                return float(np.mean(values)) if values else None

            value = difference(np.arange(len(y)))
            if value is not None:
                low, high = difference_interval(groups, difference, draws=_DRAWS)
                found.append(Difference("model", baseline, metric, value, low, high))
    return found


_DRAWS = 100
_MEASURES: dict[str, Measure] = {"auc": quick_auc, "brier": quick_brier, "lift_10": metrics.lift}
