"""Late or not is learned against other work of its time; how much is late at all is read of late."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.backtest import metrics
from ml.delay.config import ModelConfig
from ml.delay.late import fit_late, level_name, levels

CONFIG = ModelConfig()
BEGIN = date(2020, 1, 1)
NAMES = [level_name(CONFIG), "segment__late_share", "supplier__late", "noise__x"]


def regimes(count: int = 2000, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Four years of starts: first 5% are late, then 40%, then 5% again; bad suppliers four times the odds."""
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, 1400, count))
    level = np.where((day > 500) & (day < 900), 0.4, 0.05)
    supplier = rng.choice([-1.0, 1.0], count)
    odds = level / (1 - level) * np.where(supplier > 0, 2, 0.5)
    is_late = rng.random(count) < odds / (1 + odds)
    started = pl.Series([BEGIN + timedelta(days=int(each)) for each in day])
    rows = pl.DataFrame({"as_of_on": started, "delay_days": np.where(is_late, 20, -2)}).with_columns(
        planned_finish_on=pl.col("as_of_on") + pl.duration(days=60),
        age_days=pl.lit(-60),
        is_start=pl.lit(True),
    )
    numbers = np.column_stack([level, level, supplier, rng.normal(size=count)]).astype(np.float32)
    return rows, numbers, is_late


def test_what_is_late_in_any_regime_is_found_and_the_level_is_that_of_the_day() -> None:
    rows, numbers, is_late = regimes()
    learned = fit_late(rows, numbers, NAMES, BEGIN + timedelta(days=2000), CONFIG)
    assert learned is not None
    chance = learned.chance(numbers)
    bad = numbers[:, 2] > 0
    for level in (0.05, 0.4):
        then = numbers[:, 0] == np.float32(level)
        assert chance[then & bad].mean() > 1.5 * chance[then & ~bad].mean()
        assert abs(chance[then].mean() - level) < 0.08
    assert metrics.auc(is_late, chance) > metrics.auc(is_late, numbers[:, 0]) + 0.03


def test_a_regime_that_nobody_has_met_yet_is_followed_as_soon_as_it_is_known() -> None:
    rows, numbers, _ = regimes()
    calm = rows["as_of_on"] < BEGIN + timedelta(days=400)
    learned = fit_late(
        rows.filter(calm), numbers[calm.to_numpy()], NAMES, BEGIN + timedelta(days=500), CONFIG
    )
    assert learned is not None
    troubled = numbers.copy()
    troubled[:, 0] = 0.4
    assert learned.chance(numbers[:300]).mean() < 0.1
    assert 0.3 < learned.chance(troubled[:300]).mean() < 0.5


def test_what_is_not_due_yet_teaches_nothing() -> None:
    rows, numbers, _ = regimes()
    as_of = BEGIN + timedelta(days=1000)
    is_due = pl.col("planned_finish_on") < as_of
    early = rows.with_columns(delay_days=pl.when(is_due).then("delay_days").otherwise(-30))
    late = rows.with_columns(delay_days=pl.when(is_due).then("delay_days").otherwise(30))
    one, other = (fit_late(each, numbers, NAMES, as_of, CONFIG) for each in (early, late))
    assert one is not None
    assert other is not None
    assert np.array_equal(one.chance(numbers), other.chance(numbers))


def test_the_learner_is_not_shown_how_much_is_late_at_all() -> None:
    rows, numbers, _ = regimes()
    learned = fit_late(rows, numbers, NAMES, BEGIN + timedelta(days=2000), CONFIG)
    assert learned is not None
    assert [NAMES[at] for at in learned.columns] == ["supplier__late", "noise__x"]


def test_one_kind_of_outcome_teaches_nothing() -> None:
    rows, numbers, _ = regimes(200)
    as_of = BEGIN + timedelta(days=2000)
    assert fit_late(rows.with_columns(delay_days=pl.lit(3)), numbers, NAMES, as_of, CONFIG) is None
    assert fit_late(rows.head(0), numbers[:0], NAMES, as_of, CONFIG) is None


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5000), st.booleans()), min_size=1, max_size=60),
    st.lists(st.integers(-5000, 10_000), min_size=1, max_size=10),
)
def test_a_level_is_a_share_whatever_came(known: list[tuple[int, bool]], wanted: list[int]) -> None:
    day, is_late = (np.array(each) for each in zip(*known, strict=True))
    found = levels(day.astype(float), is_late, np.array(wanted, float), 60.0)
    assert ((found > 0) & (found < 1)).all()
    assert len(found) == len(wanted)
