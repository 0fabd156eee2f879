"""A later day adds to the same past: rows stay, facts stay, and only what lives on changes."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from lake.contracts import Contract, source_contracts
from sandbox import generate
from sandbox.company import simulate
from tests.unit.sandbox.conftest import TOY, UNTIL

ALL = source_contracts()
#: What is true of a thing today and another thing tomorrow; all other facts are final once they are known.
LIVING = {
    "crm__contracts": {"status_code"},
    "crm__leads": {"status_code"},
    "crm__opportunities": {"stage_code", "win_probability_share"},
    "erp__expenses": {"status_code"},
    "erp__invoices": {"status_code"},
    "erp__orders": {"status_code"},
    "erp__purchase_lines": {"current_promised_on"},
    "erp__purchase_orders": {"status_code"},
    "erp__reservations": {"status_code"},
    "iot__devices": {"state_code"},
    "mes__production_orders": {"status_code", "quantity_finished", "quantity_scrapped"},
    "projects__milestones": {"status_code", "progress_pct", "forecast_finish_on", "actual_amount"},
    "projects__projects": {"status_code", "stage_code"},
    "wms__picks": {"status_code", "quantity_picked"},
    "wms__shipments": {"status_code"},
    "work__complaints": {"status_code", "compensation_amount"},
    "work__work_orders": {"status_code"},
}
#: Tables that show a window of days, by the column that says which day a row belongs to.
WINDOWS = {"ref__shifts": "starts_at", "iot__readings": "read_at"}


@pytest.fixture(scope="module", params=[1, 45, 200], ids=["next day", "after weeks", "after months"])
def earlier(request: pytest.FixtureRequest) -> dict[str, pl.DataFrame]:
    """The toy world, seen some days earlier."""
    return generate(seed=5, scale=TOY, until=UNTIL - timedelta(days=request.param))


@pytest.mark.parametrize("item", ALL.values(), ids=list(ALL))
def test_a_later_day_only_adds(
    item: Contract, tiny: dict[str, pl.DataFrame], earlier: dict[str, pl.DataFrame]
) -> None:
    before, after = earlier[item.name], tiny[item.name]
    if item.name in WINDOWS:
        first = after[WINDOWS[item.name]].min()
        before = before.filter(pl.col(WINDOWS[item.name]) >= first)
    both = before.join(after, on=list(item.key), how="left", suffix="_now", coalesce=True)
    assert before.join(after, on=list(item.key), how="anti").height == 0
    final = {name for name in before.columns if name not in {*item.key, *LIVING.get(item.name, ())}}
    altered = {
        name: both.filter(pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_now"))).height
        for name in final
    }
    assert {name: count for name, count in altered.items() if count} == {}


def test_a_day_brings_news(tiny: dict[str, pl.DataFrame]) -> None:
    before = generate(seed=5, scale=TOY, until=UNTIL - timedelta(days=1))
    grown = {name for name, frame in tiny.items() if frame.height > before[name].height}
    assert {"erp__stock_movements", "work__work_orders"} <= grown


def test_the_window_of_readings_moves_on(tiny: dict[str, pl.DataFrame]) -> None:
    days = tiny["iot__readings"]["read_at"].dt.offset_by("8h").dt.date()
    assert (days.min(), days.max()) == (UNTIL - timedelta(days=199), UNTIL)
    assert isinstance(days.min(), date)


def test_what_was_true_stays_true() -> None:
    """Causes that had shown their effect, and failures that had come, are the same a month later."""
    before = simulate(5, TOY, UNTIL - timedelta(days=30)).truth
    after = simulate(5, TOY, UNTIL).truth
    for name in ("causes", "failures", "golden", "emails"):
        assert before[name].height > 0
        assert (
            before[name].join(after[name], on=before[name].columns, how="anti", nulls_equal=True).height == 0
        )
    assert after["causes"].height > before["causes"].height
