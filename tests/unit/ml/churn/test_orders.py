"""Churn by orders: features that don't know the future, a model that is foreseen to be useful, a gate."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.backtest.leaks import LeakError, check_no_leak
from ml.backtest.results import BacktestResult
from ml.churn import ChurnConfig, ChurnFrames, forecast, train
from ml.churn.backtest import BacktestError, backtest
from ml.churn.blend import BlendConfig
from ml.churn.cases import cases_on, history_of, with_features
from ml.churn.features import FEATURES
from ml.churn.gate import verdict
from ml.churn.health import relation_health
from ml.churn.model import drivers, interval

START, END = date(2022, 1, 1), date(2023, 12, 31)
QUICK = ChurnConfig(
    floor_days=60,
    origin_count=10,
    blend=BlendConfig(strengths=(0.03,), tree_weights=(0.0,), curves=0),
)


def company(customers: int = 120, seed: int = 0) -> ChurnFrames:
    """Half the customers leave for good some day, the unhappy among them after a rating of one star."""
    rng = np.random.default_rng(seed)
    activity, lines, ratings = [], [], []
    for number in range(customers):
        name = f"c{number:03d}"
        gap = rng.uniform(8, 30)
        leaves = START + timedelta(days=int(rng.uniform(100, 1400)))
        day = START + timedelta(days=int(rng.uniform(0, 60)))
        while day <= min(END, leaves):
            activity.append((name, day, 1))
            amount = float(rng.gamma(2, 50))
            lines.append(
                (name, f"{name}-{day}", f"p{rng.integers(9)}", day, "sale", False, 1.0, amount, amount)
            )
            day += timedelta(days=max(1, int(rng.exponential(gap))))
        stars = 1.0 if leaves < END else 5.0
        ratings.append((name, min(leaves, END) - timedelta(days=5), stars))
    frames = ChurnFrames(pl.DataFrame(activity, ["customer_id", "active_on", "order_count"], orient="row"))
    return replace(
        frames,
        lines=pl.DataFrame(lines, frames.lines.schema, orient="row"),
        ratings=pl.DataFrame(ratings, frames.ratings.schema, orient="row"),
    )


@pytest.fixture(scope="module")
def frames() -> ChurnFrames:
    return company()


def _features(tables: dict[str, pl.DataFrame], origin: date) -> pl.DataFrame:
    history = history_of(ChurnFrames(**tables))
    return with_features(history, cases_on(history, [origin], QUICK, 60), QUICK).select(
        "customer_id", *FEATURES
    )


KNOWN_ON = {
    "activity": {"active_on": ["order_count"]},
    "lines": {"ordered_on": ["product_id", "line_reporting_amount", "line_amount", "quantity"]},
    "ratings": {"rated_on": ["stars"]},
}


def test_features_do_not_know_the_future(frames: ChurnFrames) -> None:
    tables = {name: getattr(frames, name) for name in KNOWN_ON}
    check_no_leak(_features, tables, KNOWN_ON, date(2023, 3, 1), key="customer_id")


def test_a_planted_leak_is_found(frames: ChurnFrames) -> None:
    def leaking(tables: dict[str, pl.DataFrame], origin: date) -> pl.DataFrame:
        found = _features(tables, origin)
        later = tables["activity"].filter(pl.col("active_on") > origin)
        after = later.group_by("customer_id").agg(later=pl.len())
        return found.join(after, on="customer_id", how="left")

    tables = {name: getattr(frames, name) for name in KNOWN_ON}
    with pytest.raises(LeakError, match="later"):
        check_no_leak(leaking, tables, KNOWN_ON, date(2023, 3, 1), key="customer_id")


def test_outcomes_by_days_of_silence() -> None:
    day = date(2023, 1, 1)
    ordered = [
        ("in", day - timedelta(9)),
        ("in", day + timedelta(60)),
        ("out", day),
        ("out", day + timedelta(61)),
    ]
    activity = pl.DataFrame(
        {"customer_id": [one for one, _ in ordered], "active_on": [on for _, on in ordered], "order_count": 1}
    )
    cases = cases_on(history_of(ChurnFrames(activity)), [day], ChurnConfig(), 60).sort("customer_id")
    assert dict(zip(cases["customer_id"], cases["is_churned"], strict=True)) == {"in": False, "out": True}
    assert cases["due_on"].unique().to_list() == [day + timedelta(60)]


def test_the_back_test_stands_beside_its_baselines(frames: ChurnFrames) -> None:
    origins = [date(2023, 6, 1), date(2023, 9, 1)]
    result = backtest(frames, END, silence_days=60, origins=origins, config=QUICK)
    assert set(result.metrics) == {
        "model",
        "rfm_logistic",
        "log_rfm_logistic",
        "recency_only",
        "constant_rate",
    }
    assert list(result.origins) == origins
    assert result.metrics["model"]["brier"] < result.metrics["constant_rate"]["brier"]
    assert result.metrics["model"]["auc"] > 0.8
    bins = result.rows.filter(pl.col("segment").str.starts_with("bin_"), method="model")
    told = bins.filter(metric="probability_mean").sort("segment")
    assert told["value"].is_sorted()
    assert told["count"].sum() == result.n
    assert bins.filter(metric="event_share")["value"].is_between(0, 1).all()
    again = backtest(frames, END, silence_days=60, origins=origins, config=QUICK)
    assert again.metrics == result.metrics


def test_origins_whose_outcome_is_not_known_are_refused(frames: ChurnFrames) -> None:
    with pytest.raises(BacktestError, match="not known"):
        backtest(frames, END, silence_days=60, origins=[END - timedelta(10)], config=QUICK)
    with pytest.raises(BacktestError, match="no customer has ordered"):
        backtest(ChurnFrames(frames.activity.head(0)), END, silence_days=60, config=QUICK)


def test_the_night_takes_the_model_or_steps_back(frames: ChurnFrames) -> None:
    model = train(frames, END, QUICK)
    assert model is not None
    asked = {"publication_name": "n", "run_id": "r", "config": QUICK}
    rows = forecast(frames.activity, frames.projects, END, frames=frames, model=model, **asked)
    judged = rows.filter(method_code="model")
    assert judged.height
    low, p, high = (judged[f"churn_probability_{name}share"] for name in ("low_", "", "high_"))
    assert ((low <= p) & (p <= high)).all()
    assert judged["driver_1_code"].null_count() == judged["care_code"].null_count() == 0
    assert (judged["expected_value_amount"] >= 0).all()
    again = forecast(frames.activity, frames.projects, END, frames=frames, model=model, **asked)
    assert again.equals(rows)
    plain = forecast(frames.activity, frames.projects, END, **asked)
    assert set(plain["method_code"]) <= {"silence_rate", "already_silent"}
    assert plain["expected_value_amount"].null_count() == plain.height


def test_few_cases_give_no_model(frames: ChurnFrames) -> None:
    few = ChurnFrames(frames.activity.filter(pl.col("customer_id") < "c003"))
    assert train(few, END, QUICK) is None


def test_a_kind_never_seen_has_a_wide_band(frames: ChurnFrames) -> None:
    model = train(frames, END, QUICK)
    assert model is not None
    unseen = replace(model, record=model.record.head(0))
    history = history_of(frames)
    cases = with_features(history, cases_on(history, [END - timedelta(90)], QUICK), QUICK)
    probability = model.blend.probability(cases)
    known, blind = (interval(one, cases, probability, 0.8) for one in (model, unseen))
    assert (blind[1] - blind[0]).mean() > 1.5 * (known[1] - known[0]).mean()
    assert all(len(row) <= 3 for row in drivers(model, cases))


def test_health_follows_silence_and_stars(frames: ChurnFrames) -> None:
    months = [date(2023, month, 28) for month in (6, 7, 8)]
    health = relation_health(frames, months, QUICK)
    assert health.group_by("customer_id").len()["len"].max() == 3
    assert health["health_score"].is_between(0, 100).all()
    assert health["payment_points"].null_count() == health.height


def _result(**changes: float | None) -> BacktestResult:
    model = {"pr_auc": 0.4, "prevalence": 0.1, "lift_10": 3.0, "brier": 0.07} | changes
    others = {"recency_only": {"pr_auc": 0.3}, "constant_rate": {"brier": 0.09}}
    return BacktestResult("churn", 100, [], {}, {"model": model, **others})


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, set()),
        ({"pr_auc": 0.2}, {"pr_auc_above_recency"}),
        ({"lift_10": 1.9}, {"lift_10"}),
        ({"prevalence": 0.35, "lift_10": 2.5}, set()),
        ({"prevalence": 0.35, "lift_10": 2.4}, {"lift_10"}),
        ({"brier": 0.09}, {"brier_below_constant"}),
        ({"lift_10": None}, {"lift_10"}),
    ],
)
def test_the_gate(changes: dict, failed: set[str]) -> None:
    found = verdict(_result(**changes))
    assert {code for code, *_, held in found.reasons if not held} == failed
    assert found.ships == (not failed)
