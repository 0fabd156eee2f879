"""Value: published figures, a planted truth found again, the rule that stays, bad input."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.backtest.results import BacktestResult
from ml.churn.bgnbd import BgNbd, alive_share, expected_repeats, fit_bgnbd, silent_share
from ml.churn.frames import ChurnFrames
from ml.value import OUTPUT_SCHEMA, ValueConfig, forecast, train
from ml.value.backtest import BacktestError, backtest
from ml.value.gamma_gamma import expected_amount, fit_gamma_gamma
from ml.value.gate import verdict

START, END = date(2021, 1, 1), date(2024, 12, 31)
CDNOW = BgNbd(0.243, 4.414, 0.793, 2.426)
QUICK = ValueConfig(origin_count=3, neighbours=40)


def test_the_published_customer_of_cdnow() -> None:
    """Two repeats, the last after 30.43 of 38.86 weeks: 1.226 more expected in 39 (the authors' note)."""
    found = expected_repeats(CDNOW, np.array([2.0]), np.array([30.43]), np.array([38.86]), 39.0)
    assert found[0] == pytest.approx(1.226, abs=0.001)


def _bought(model: BgNbd, customers: int, age: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    repeats, last = np.zeros(customers), np.zeros(customers)
    rates = rng.gamma(model.r, 1 / model.alpha, customers)
    leaves = rng.beta(model.a, model.b, customers)
    for one in range(customers):
        at = 0.0
        while True:
            at += rng.exponential(1 / rates[one]) if rates[one] > 1e-12 else np.inf
            if at > age:
                break
            repeats[one], last[one] = repeats[one] + 1, at
            if rng.random() < leaves[one]:
                break
    return repeats, last, np.full(customers, age)


def test_parameters_are_found_again() -> None:
    repeats, last, age = _bought(CDNOW, 6000, 39.0)
    found = fit_bgnbd(repeats, last, age)
    assert found.r == pytest.approx(CDNOW.r, rel=0.15)
    assert found.alpha == pytest.approx(CDNOW.alpha, rel=0.2)
    assert found.a / (found.a + found.b) == pytest.approx(CDNOW.a / (CDNOW.a + CDNOW.b), abs=0.05)
    share = alive_share(found, repeats, last, age)
    assert ((share >= 0) & (share <= 1)).all()
    assert (
        silent_share(found, repeats, last, age, 39.0) <= silent_share(found, repeats, last, age, 4.0)
    ).all()


def test_nobody_who_bought_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="bought twice"):
        fit_bgnbd(np.zeros(5), np.zeros(5), np.ones(5))


def test_worth_of_an_order_is_drawn_to_all_customers() -> None:
    rng = np.random.default_rng(2)
    count = rng.integers(1, 9, 4000)
    mean = np.array(
        [rng.gamma(3, 1 / nu, n).mean() for nu, n in zip(rng.gamma(4, 1 / 60, 4000), count, strict=True)]
    )
    model = fit_gamma_gamma(count, mean)
    overall = model.p * model.v / (model.q - 1)
    assert overall == pytest.approx(mean.mean(), rel=0.1)
    few, many = expected_amount(model, np.array([1, 50]), np.array([10 * overall, 10 * overall]))
    assert overall < few < many < 10 * overall


def company(customers: int = 90) -> ChurnFrames:
    rng = np.random.default_rng(1)
    activity, lines = [], []
    for number in range(customers):
        name, size = f"c{number:03d}", float(rng.lognormal(4, 1))
        leaves = START + timedelta(days=int(rng.uniform(300, 3000)))
        day = START + timedelta(days=int(rng.uniform(0, 200)))
        while day <= min(END, leaves):
            amount = size * float(rng.gamma(4, 0.25))
            activity.append((name, day, 1))
            lines.append((name, f"{name}{day}", "p", day, "sale", False, 1.0, amount, amount))
            day += timedelta(days=max(1, int(rng.exponential(60))))
    frames = ChurnFrames(pl.DataFrame(activity, ["customer_id", "active_on", "order_count"], orient="row"))
    return replace(frames, lines=pl.DataFrame(lines, frames.lines.schema, orient="row"))


@pytest.fixture(scope="module")
def frames() -> ChurnFrames:
    return company()


def test_every_customer_gets_a_band_and_reasons(frames: ChurnFrames) -> None:
    model = train(frames, END, QUICK)
    rows = forecast(frames, END, publication_name="n", run_id="r", model=model, config=QUICK)
    assert list(rows.columns) == list(OUTPUT_SCHEMA)
    assert rows["customer_id"].n_unique() == rows.height == 90
    low, middle, high = (rows[f"margin_{name}_amount"] for name in ("p10", "p50", "p90"))
    assert ((low <= middle) & (middle <= high)).all()
    assert rows["reason_1_code"].null_count() == 0
    assert rows["basis_code"].unique().to_list() == ["revenue"]
    assert rows["lifetime_method_code"].unique().to_list() == ["buying_rates"]
    assert rows["alive_share"].is_between(0, 1).all()
    again = forecast(frames, END, publication_name="n", run_id="r", model=model, config=QUICK)
    assert again.equals(rows)


def test_without_a_model_the_rule_stands(frames: ChurnFrames) -> None:
    rows = forecast(frames, END, publication_name="n", run_id="r", config=QUICK)
    assert rows["method_code"].unique().to_list() == ["last_year"]
    assert rows["margin_p50_amount"].null_count() == 0


def test_a_young_company_has_no_band_but_a_rank(frames: ChurnFrames) -> None:
    early = date(2021, 9, 1)
    young = replace(
        frames,
        activity=frames.activity.filter(pl.col("active_on") <= early),
        lines=frames.lines.filter(pl.col("ordered_on") <= early),
    )
    rows = forecast(young, early, publication_name="n", run_id="r", config=QUICK)
    assert rows["method_code"].unique().to_list() == ["no_history"]
    assert rows["margin_p50_amount"].null_count() == rows.height
    assert rows["score_share"].null_count() == 0
    with pytest.raises(BacktestError, match="a year to learn from"):
        backtest(young, early, QUICK)


def test_nobody_at_all(frames: ChurnFrames) -> None:
    nobody = ChurnFrames(frames.activity.head(0))
    assert forecast(nobody, END, publication_name="n", run_id="r").is_empty()
    with pytest.raises(BacktestError):
        backtest(nobody, END)


def test_the_back_test_orders_the_tiers(frames: ChurnFrames) -> None:
    result = backtest(frames, END, QUICK)
    assert result.metrics["model"]["spearman"] > 0.4
    assert result.metrics["model"]["pinball_50"] < result.metrics["constant"]["pinball_50"]
    assert 0.6 < result.metrics["model"]["coverage_80"] < 0.95
    tiers = result.rows.filter(metric="median_next_year", method="model", origin=str(result.origins[-1]))
    medians = dict(zip(tiers["segment"], tiers["value"], strict=True))
    assert medians["tier_S"] > medians["tier_A"] > medians["tier_B"]


@pytest.mark.parametrize(
    ("ours", "theirs", "ships"), [(0.7, 0.6, True), (0.6, 0.6, False), (None, 0.1, False)]
)
def test_the_rule_stays_unless_beaten(ours: float | None, theirs: float, ships: bool) -> None:
    metrics = {"model": {"spearman": ours}, "last_year": {"spearman": theirs}}
    assert verdict(BacktestResult("value", 1, [], {}, metrics)).ships == ships
