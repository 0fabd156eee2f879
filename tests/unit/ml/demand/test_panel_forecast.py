"""The whole panel: every class gets a forecast, nothing crashes, the same input gives the same output."""

import itertools
import time
from datetime import date

import numpy as np
import polars as pl
import pytest

from ml.backtest.leaks import LeakError
from ml.demand.blend import blend_weights, blended
from ml.demand.config import PanelConfig
from ml.demand.intermittent import CLASSICAL, croston, croston_sba, forecast_sparse, imapa, ses, tsb
from ml.demand.members import LIBRARY, SeriesPool, seasonal_naive
from ml.demand.panel import PanelError, Series
from ml.demand.panel_backtest import backtest_panel
from ml.demand.panel_forecast import forecast_panel
from ml.demand.panel_stock import STOCK_SHARES, stock_claim
from ml.demand.pooled import learn, origin_table, pooled_autoregression
from ml.demand.quantiles import learn_quantiles, rank_quantiles
from tests.support.quick_members import QuickPool

SHARES = np.array([0.1, 0.5, 0.9])


def seasonal(count: int, length: int = 72, seed: int = 1) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    t = np.arange(length)
    return [
        rng.uniform(50, 500) * (1 + 0.3 * np.sin(2 * np.pi * t / 12 + rng.uniform(0, 6))) * (1 + 0.004 * t)
        * rng.lognormal(0, 0.1, length)
        for _ in range(count)
    ]  # fmt: skip


def sparse(count: int, length: int = 36, seed: int = 2) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    rates = rng.gamma(1.0, 0.5, count).clip(0.1, 0.9)
    return [rng.poisson(rate, length).astype(float) for rate in rates]


def named(values: list[np.ndarray]) -> list[Series]:
    return [Series(f"s{place:04d}", one, len(one) - 1) for place, one in enumerate(values)]


ODD = [
    np.zeros(0),
    np.array([3.0]),
    np.array([1.0, 2.0, 4.0]),
    np.full(40, 7.0),
    np.zeros(40),
    np.r_[np.zeros(39), 5.0],
    -np.arange(1.0, 41.0),
    np.r_[np.full(39, 1.0), 1e9],
]


def test_every_kind_of_series_has_a_forecast_or_a_name() -> None:
    values = [*seasonal(5), *sparse(5), *ODD]
    found = forecast_panel(named(values), 6, 12, pool=QuickPool())
    assert found.method[10:14] == ["no_values", "naive_mean", "naive_mean", "constant"]
    assert found.method[14] in ("pooled", *CLASSICAL)
    known = np.array(found.method) != "no_values"
    assert np.isfinite(found.mean[known]).all()
    assert np.isfinite(found.quantiles[known]).all()
    assert (np.diff(found.quantiles[known], axis=2) >= 0).all()
    assert (found.quantiles[:16][known[:16]] >= 0).all()
    assert found.frame().height == 6 * len(values)
    assert any(note.startswith("fallback no_values: 1") for note in found.notes)


def test_real_members_on_odd_series_fall_back() -> None:
    values = [np.array([1.0, 2.0, 4.0, 3.0, 5.0, 4.0]), np.r_[np.zeros(11), 1.0], *seasonal(1, 30)]
    quick = LIBRARY[:2]  # complex smoothing compiles for half a minute where nobody has used it yet
    found = SeriesPool().run(quick, values, 3, 12)
    for name in quick:
        assert found.by_name[name].shape == (3, 3)
        assert np.isfinite(found.by_name[name]).all()


def test_a_member_that_breaks_is_replaced_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def forecast(self, values: np.ndarray, horizon: int) -> dict:
            raise Exception("no model able to be fitted")

    class Runaway:
        def forecast(self, values: np.ndarray, horizon: int) -> dict:
            return {"mean": np.full(horizon, 1e12)}

    for model in (Broken, Runaway):
        monkeypatch.setattr("ml.demand.members._model", lambda *_, model=model: model())
        found = SeriesPool().run(("auto_ces",), [np.arange(1.0, 31.0)], 2, 12)
        assert found.by_name["auto_ces"].tolist() == [[19, 20]]
        assert found.fallbacks == {"auto_ces": 1}


def test_the_same_input_gives_the_same_output() -> None:
    series = named([*seasonal(40), *sparse(40)])
    first, second = (forecast_panel(series, 6, 12, pool=QuickPool()) for _ in range(2))
    assert (first.quantiles == second.quantiles).all()
    assert (first.mean == second.mean).all()


def test_bands_cover_what_they_claim() -> None:
    values = seasonal(300, 84)
    found = forecast_panel(named([one[:-12] for one in values]), 12, 12, pool=QuickPool())
    came = np.array([one[-12:] for one in values])
    low, high = found.quantiles[:, :, 1], found.quantiles[:, :, 6]
    assert 0.74 <= ((low <= came) & (came <= high)).mean() <= 0.86


def test_the_correction_learns_what_all_members_miss() -> None:
    values = seasonal(200, 84)
    found = forecast_panel(named([one[:-12] for one in values]), 12, 12, pool=QuickPool())
    naive = np.array([seasonal_naive(one[:-12], 12, 12) for one in values])
    came = np.array([one[-12:] for one in values])
    assert np.abs(found.mean - came).mean() < 0.9 * np.abs(naive - came).mean()


def test_pooled_autoregression_continues_a_season() -> None:
    t = np.arange(60)
    values = [scale * (2 + np.sin(2 * np.pi * t / 12)) for scale in (1.0, 50.0, 3000.0)] * 5
    found = pooled_autoregression(values, 6, 12)
    true = np.array([v[0] / 2 * (2 + np.sin(2 * np.pi * np.arange(60, 66) / 12)) for v in values])
    assert np.abs(found / true - 1).max() < 0.06
    assert np.isnan(pooled_autoregression([np.arange(3.0)], 6, 12)).all()


def test_few_series_teach_no_correction() -> None:
    values = seasonal(3)
    table = origin_table(values, [np.ones((3, 4)), np.ones((3, 4))], 4, 12)
    learnt = learn([table], [np.full((3, 4), 2.0)], [np.arange(3)])
    assert learnt.booster.share == 0
    assert (learnt.booster.corrected(table) == 1).all()


def test_rank_quantiles_are_for_a_value_still_to_come() -> None:
    assert rank_quantiles(np.arange(1.0, 10.0), SHARES).tolist() == [1, 5, 9]
    assert np.isnan(rank_quantiles(np.zeros(0), SHARES)).all()


def test_classes_have_their_own_errors_where_they_are_many() -> None:
    rng = np.random.default_rng(0)
    actual = np.r_[rng.normal(0, 1, (700, 3)), rng.normal(0, 9, (700, 3))]
    found = learn_quantiles(
        actual, np.zeros((1400, 3)), np.ones((1400, 3)), ["smooth"] * 700 + ["erratic"] * 700, SHARES
    )
    assert found.by_class["erratic"][0, 2] > 5 * found.by_class["smooth"][0, 2]


def test_members_far_behind_take_no_part_and_few_series_change_little() -> None:
    rng = np.random.default_rng(0)
    actual = rng.normal(100, 10, (400, 6))
    members = np.stack([actual + rng.normal(0, size, actual.shape) for size in (1.0, 1.1, 9.0)], axis=2)
    many = blend_weights(members, actual, np.ones(400), ["smooth"] * 400)["smooth"]
    assert many.sum() == pytest.approx(1)
    assert many[2] == 0
    few = blend_weights(members[:2], actual[:2], np.ones(2), ["smooth"] * 2)["smooth"]
    assert abs(few[0] - few[1]) < 0.05
    made = blended(members, {"all": np.array([1.0, 0, 0])}, ["unheard"] * 400)
    assert (made == members[:, :, 0]).all()


def test_classical_methods_on_hand_solved_series() -> None:
    assert ses(np.array([1.0, 2.0]), 0.5) == 1.5
    assert croston(np.array([0, 0, 6.0, 0, 0, 6.0])) == pytest.approx(2)
    assert croston_sba(np.array([0, 0, 6.0, 0, 0, 6.0])) == pytest.approx(1.9)
    assert tsb(np.array([4.0, 4.0, 4.0])) == 4
    assert imapa(np.array([3.0, 3.0, 3.0, 3.0])) == pytest.approx(3)
    assert [method(np.zeros(5)) for method in (ses, croston, tsb, imapa)] == [0, 0, 0, 0]


def test_sparse_demand_beats_smoothing_where_much_can_be_pooled() -> None:
    values = sparse(400)
    found = forecast_sparse([one[:-6] for one in values], 6, SHARES)
    came = np.array([one[-6:].mean() for one in values])
    simple = np.array([ses(one[:-6]) for one in values])
    assert np.mean((found.mean - came) ** 2) < np.mean((simple - came) ** 2)
    covered = (np.array([one[-6:] for one in values]) <= found.quantiles[:, [2]]).mean()
    assert covered >= 0.88


def test_stock_asks_for_more_where_an_earlier_origin_fell_short() -> None:
    """Every series wants twice as much as ever before in its last quarter: what was promised was not kept."""
    config = PanelConfig(quantiles=STOCK_SHARES)
    calm = sparse(24)
    risen = [np.r_[one[:27], 2 * one[27:]] for one in calm]
    kept, broken = (stock_claim(named(values), 9, 12, config) for values in (calm, risen))
    assert config.fill_share <= kept < broken <= 1
    assert stock_claim(named([np.array([0.0, 2, 0])]), 9, 12, config) == config.fill_share


def test_future_values_change_no_forecast() -> None:
    """A leak test that plants a leak: a forecaster that peeks is caught."""
    values = seasonal(20)
    panel = pl.DataFrame(
        [
            (f"s{n}", t, float(y), "train" if t < 60 else "test")
            for n, one in enumerate(values)
            for t, y in enumerate(one)
        ],
        schema=["unique_id", "t", "y", "part"],
        orient="row",
    )
    scrambled = panel.with_columns(y=pl.when(pl.col("part") == "test").then(pl.col("y") * 3).otherwise("y"))

    def made(rows: pl.DataFrame, peek: bool = False) -> np.ndarray:
        from ml.demand.panel import panel_series

        kept = rows if peek else rows.filter(part="train")
        return forecast_panel(
            [one.until(59) if not peek else one for one in panel_series(kept)], 3, 12, pool=QuickPool()
        ).mean

    def check(peek: bool) -> None:
        if not (made(panel, peek) == made(scrambled, peek)).all():
            raise LeakError(date(2024, 1, 1), ["mean"], 1)

    check(peek=False)
    with pytest.raises(LeakError):
        check(peek=True)


def test_backtest_of_a_sparse_panel_has_all_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.demand.panel_backtest.SeriesPool", QuickPool)
    rows = [
        (f"s{n:03d}", t, float(y), "train" if t < 30 else "test")
        for n, one in enumerate(sparse(150)) for t, y in enumerate(one)
    ]  # fmt: skip
    panel = pl.DataFrame(rows, schema=["unique_id", "t", "y", "part"], orient="row")
    ticks = itertools.count()
    result = backtest_panel(panel, 6, 12, clock=lambda: float(next(ticks)), config=PanelConfig())
    assert {
        "model",
        "seasonal_naive",
        *LIBRARY,
        "library_median",
        "ses",
        "croston",
        "tsb",
        "zero",
        "normal_rule",
    } <= set(result.metrics)
    model = result.metrics["model"]
    assert model["rmse"] < result.metrics["seasonal_naive"]["rmse"]
    assert {"fill_rate", "stock", "stock_at_fill", "coverage_80", "pinball_90"} <= set(model)
    assert 0.95 <= model["fill_claim"] <= 1
    assert model["smape"] is None
    assert result.n == 900
    with pytest.raises(PanelError, match="train or test"):
        backtest_panel(panel.drop("part"), 6, 12, clock=time.perf_counter)
