"""Findings, tiles and overlays from frames, against values worked out by hand."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.errors import InvalidActionError, StaleVersionError
from actions.store import ActionStore
from cockpit.services import customers, overview, projects, replan, state, suppliers, trust
from cockpit.services.decided import overlay
from cockpit.services.figures import Figure, registry, standing
from cockpit.services.forecasts import class_label
from cockpit.services.tiles import Doubt, share_tile
from lake.publication import LastRun, Publication
from tests.support.published import NIGHT, company_rows
from tests.support.published_partners import AS_OF, mart_columns

POLARS = {
    "varchar": pl.String,
    "bigint": pl.Int64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "boolean": pl.Boolean,
}
PUBLICATION = Publication("night-2025-09-30", 7, AS_OF, "night", "ok", NIGHT, "run-1", "x.duckdb")


def frame(table: str, *, has_rows: bool = True) -> pl.DataFrame:
    """A table of the small company as the repositories hand it on."""
    columns = mart_columns()[table]
    schema = {name: POLARS.get(kind, pl.Float64) for name, kind in columns.items()}
    rows = company_rows()[f"marts.{table}"] if has_rows else []
    return pl.DataFrame(
        [[row.get(name) for name in columns] for row in rows], schema=schema, orient="row", strict=False
    )


@pytest.mark.parametrize(
    ("value", "target", "direction", "expected"),
    [
        (0.95, 0.95, "higher", "good"),
        (0.91, 0.95, "higher", "watch"),
        (0.90, 0.95, "higher", "bad"),
        (0, 0, "lower", "good"),
        (1, 0, "lower", "bad"),
        (510, 500, "lower", "watch"),
        (None, 0.9, "higher", None),
        (0.9, None, "higher", None),
        (0.9, 0.9, "neutral", None),
    ],
)
def test_standing(value, target, direction, expected):
    assert standing(value, target, direction) == expected


def test_a_ratio_is_summed_parts_over_summed_wholes_and_nothing_over_zero():
    figure = Figure("f", "On time", "", "share", None, "higher", 0.9, None, 1)
    tile = share_tile(figure, "x", 864, 1000, "zh")
    assert (tile.value, tile.difference, tile.standing, tile.left, tile.right) == (
        "86.4%",
        "−3.6",
        "watch",
        "目标 90.0%",
        "n = 1,000",
    )
    empty = share_tile(figure, "x", 0, 0, "en", is_doubtful=True)
    assert (empty.value, empty.standing, empty.right, empty.is_doubtful) == ("–", None, "", False)


def test_registry_speaks_the_viewers_language():
    rows = company_rows()["ops.figure"]
    for language, name in (("zh", "准时足量率（OTIF）"), ("en", "On time in full (OTIF)")):
        figure = registry(pl.DataFrame(rows, infer_schema_length=None), language)["otif"]
        assert (figure.name, figure.target, figure.model) == (name, 0.95, "mart_supplier_scorecard")


def _registered(figure_id: str, **run: object) -> dict[str, Figure]:
    row = next(row for row in company_rows()["ops.figure"] if row["figure_id"] == figure_id)
    return registry(pl.DataFrame([{**row, **run}], infer_schema_length=None), "en")


def test_a_registered_figure_is_greyed_by_its_passport_not_by_names_of_assets():
    run = {"status_code": "ok", "bound_code": "bounded", "bound_low": 0.8973, "bound_high": 0.9003}
    good = _registered("otif", **run)["otif"]
    tile = share_tile(good, "x", 9, 10, "en", is_doubtful=True)
    assert (tile.is_doubtful, tile.figure_id, tile.bound) == (False, "otif", "89.7% to 90.0%")
    doubtful = _registered("otif", **{**run, "status_code": "doubtful"})["otif"]
    assert share_tile(doubtful, "x", 9, 10, "en").is_doubtful
    assert not share_tile(doubtful, "x", 0, 0, "en").is_doubtful
    unknown = _registered("otif")["otif"]
    assert share_tile(unknown, "x", 9, 10, "en", is_doubtful=True).is_doubtful


def test_overview_tiles_equal_sums_over_the_last_twelve_months():
    months = frame("mart_overview_month")
    tiles = overview.tiles(months, frame("mart_churn_outlook"), {}, Doubt(), "en")
    year = months.tail(12)
    expected = year["milestone_on_time_count"].sum() / year["milestone_due_count"].sum()
    assert tiles[0].value == f"{expected:.1%}"
    assert len(tiles[0].trend) == 24
    assert tiles[5].value == "1"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_rows_every_service_says_no_data(language):
    months, churn = frame("mart_overview_month", has_rows=False), frame("mart_churn_outlook", has_rows=False)
    card, portraits = (
        frame("mart_supplier_scorecard", has_rows=False),
        frame("mart_customer_portrait", has_rows=False),
    )
    supplier_months = frame("mart_supplier_month", has_rows=False)
    shown = [
        *overview.tiles(months, churn, {}, Doubt(), language),
        *suppliers.tiles(card, supplier_months, {}, Doubt(), language),
        *customers.tiles(portraits, months, {}, Doubt(), language),
    ]
    assert {tile.value for tile in shown} == {"–"}
    assert suppliers.finding(card, 0.95, language)
    assert customers.finding(portraits, language)


def test_the_overview_finding_falls_back_from_milestones_to_orders():
    months = frame("mart_overview_month")
    none = {"milestone_count": 0, "mean_days": None, "overdue_count": 0}
    phases = pl.DataFrame({"phase_code": ["material"], "days": [40], "milestone_count": [3]})
    behind = overview.finding(months, {"milestone_count": 9, "mean_days": 4.2}, phases, none, "en")
    assert "4.2 days behind plan" in behind
    assert "material" in behind
    assert "came on time in full" in overview.finding(months, none, phases.clear(), none, "en")
    quiet = months.with_columns(purchase_due_count=pl.lit(0), delivery_due_count=pl.lit(0))
    assert "Orders of the last 12 months" in overview.finding(quiet, none, phases.clear(), none, "en")


def test_suppliers_finding_names_who_breaks_most():
    found = suppliers.finding(frame("mart_supplier_scorecard"), 0.95, "en")
    assert found.startswith("1 of 6 suppliers reach 95.0%")
    assert "恒力管道" in found


def test_customers_finding_counts_the_top_and_the_silent():
    assert customers.finding(frame("mart_customer_portrait"), "en") == (
        "The largest of 4 customers brings 48.0% of orders; 1 fell silent"
    )


def _open() -> pl.DataFrame:
    return frame("mart_milestone_outlook").sort("milestone_id")


def test_filter_by_scope_phase_and_words():
    pending = overlay(_open(), {})
    late = projects.filtered(pending, pending.clear(), "late", None, "")
    assert late["is_overdue"].all()
    assert projects.filtered(pending, pending.clear(), "open", "design", "software park")[
        "milestone_id"
    ].to_list() == ["P6-1"]
    assert projects.filtered(pending, pending.clear(), "open", None, "no such").is_empty()


@pytest.fixture
def store(tmp_path) -> ActionStore:
    return ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}")


def _answer(on: dt.date | None = dt.date(2025, 12, 1), **changes) -> replan.Answer:
    return replan.Answer(
        **{
            "new_on": on,
            "reason_code": "permit",
            "reason": "waits for the fire office",
            "who": "Li Na",
            **changes,
        }
    )


def test_a_saved_date_lies_over_the_publication_until_that_holds_it(store):
    base = replan.open_form("P1-1", None, [])
    action = replan.save(store, base, _answer(), None, PUBLICATION)
    newest = store.newest("replan_milestone")
    row = overlay(_open(), newest).filter(pl.col("milestone_id") == "P1-1").row(0, named=True)
    assert (row["forecast_finish_on"], row["forecast_changed_by"], row["is_pending"]) == (
        dt.date(2025, 12, 1),
        "Li Na",
        True,
    )
    assert overlay(_open(), newest)["is_pending"].sum() == 1
    published = _open().with_columns(
        forecast_changed_at=pl.when(pl.col("milestone_id") == "P1-1").then(pl.lit(action.done_at)),
        forecast_finish_on=pl.lit(dt.date(2025, 12, 1)),
    )
    assert not overlay(published, newest)["is_pending"].any()


def test_two_planners_on_one_milestone_second_is_told_both_values(store):
    mine, theirs = (replan.open_form("P1-1", None, []) for _ in range(2))
    replan.save(store, theirs, _answer(dt.date(2025, 11, 11), who="Wang Wei"), None, PUBLICATION)
    with pytest.raises(StaleVersionError) as refusal:
        replan.save(store, mine, _answer(), dt.date(2025, 11, 11), PUBLICATION)
    assert (refusal.value.yours, refusal.value.theirs) == ("2025-12-01", "2025-11-11")


def test_a_publication_that_changes_the_date_under_the_form_is_a_conflict(store):
    base = replan.open_form("P1-1", None, [])
    with pytest.raises(StaleVersionError, match="night-2025-09-30"):
        replan.save(store, base, _answer(), dt.date(2025, 10, 20), PUBLICATION)


def test_a_double_click_is_one_action_and_undo_gives_the_source_back(store):
    base = replan.open_form("P1-1", None, [])
    first = replan.save(store, base, _answer(), None, PUBLICATION)
    assert replan.save(store, base, _answer(), first.payload.new_on, PUBLICATION) == first
    undone = replan.take_back(store, first, "Li Na", "en")
    assert replan.take_back(store, first, "Li Na", "en") == undone
    row = overlay(_open(), store.newest("replan_milestone")).filter(pl.col("milestone_id") == "P1-1")
    assert row["forecast_finish_on"][0] is None
    assert len(store.all("replan_milestone")) == 2


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (_answer(None), "no_date"),
        (_answer(dt.date(2025, 9, 29)), "past_date"),
        (_answer(who=""), "no_name"),
        (_answer(reason_code=None), "no_reason_code"),
        (_answer(reason=" "), "no_reason"),
    ],
)
def test_an_incomplete_answer_is_refused(store, answer, key):
    with pytest.raises(InvalidActionError) as refusal:
        replan.save(store, replan.open_form("P1-1", None, []), answer, None, PUBLICATION)
    assert refusal.value.key == key


def test_the_form_starts_with_a_date_it_would_accept():
    row = {"finish_p80_on": dt.date(2025, 8, 1), "forecast_finish_on": None}
    assert replan.suggested_on(row, AS_OF) == AS_OF


def test_the_row_equation_is_checked_by_table():
    loads = pl.DataFrame(company_rows()["ops.load"], infer_schema_length=None)
    assert trust.row_equation(loads)["is_balanced"].all()
    broken = loads.with_columns(rows_inserted=pl.col("rows_inserted") + 1)
    assert trust.row_equation(broken)["is_balanced"].sum() == 0
    reasons = pl.DataFrame(company_rows()["ops.quarantine_reason"])
    checks = pl.DataFrame({"is_passed": [True, False]})
    assert trust.finding(loads, reasons, checks, "en") == (
        "All 1,288 rows read are accounted for: 3 wait in quarantine, 1 checks failed"
    )
    assert "do not add up" in trust.finding(broken, reasons, checks, "en")


def test_a_failed_night_and_failed_checks_are_told():
    run = LastRun("run-2", "night", AS_OF, NIGHT, NIGHT, "failed", "dbt stopped")
    found = state.notices(PUBLICATION, run, 2, "en")
    assert [notice.kind for notice in found] == ["bad", "watch"]
    assert "night-2025-09-30" in found[0].text
    assert state.notices(PUBLICATION, None, 0, "en") == []


@given(st.lists(st.sampled_from(["fct_milestone", "mart_supplier_month", "raw_erp__orders"]), max_size=3))
def test_doubt_touches_figures_by_what_they_stand_on(assets):
    doubt = Doubt(frozenset(assets))
    assert doubt.touches("milestone") == ("fct_milestone" in assets)
    assert doubt.touches("order") == ("raw_erp__orders" in assets)


def test_a_reference_class_reads_in_words():
    assert class_label("phase_code=design; type_code=SCA CIP", "zh") == "设计 · SCA CIP"
    assert class_label("phase_code=design; type_code=hospital", "zh") == "设计 · 医院"
    assert class_label("school / design", "en") == "school / design"
    assert class_label("all", "en") == "all milestones"
    assert class_label(None, "en") == "–"
