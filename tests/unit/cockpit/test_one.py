"""One project, customer and supplier: services against values worked out by hand, components' markup."""

import datetime as dt

import polars as pl
import pytest

from cockpit.components.figure_list import named
from cockpit.components.gantt import GanttWords
from cockpit.components.gantt_dense import MAX_LINKS, ROW_HEIGHT, dense_figure, dense_names
from cockpit.services import customer, portfolio, project, project_records, supplier
from cockpit.services.figure_lines import FigureLines
from cockpit.services.figures import Figure
from cockpit.services.parts import Scored, steps
from cockpit.theme.tokens import tokens
from tests.support.published import company_rows
from tests.support.published_partners import AS_OF
from tests.support.published_projects import GOLDEN

WORDS = GanttWords("plan", "actual", "forecast", "band", "today", "planner", "critical")


def frame(table: str) -> pl.DataFrame:
    """A table of the small company with the columns that its rows name."""
    return pl.DataFrame(company_rows()[table], infer_schema_length=None)


def nodes() -> pl.DataFrame:
    """Open milestones with the columns of the portfolio."""
    return frame("marts.mart_milestone_outlook")


@pytest.mark.parametrize("region", [None, "east", "south"])
@pytest.mark.parametrize("phase", [None, "material", "acceptance"])
def test_board_and_gantt_show_the_same_nodes_with_the_same_dates(region, phase):
    chosen = portfolio.of_region(nodes(), region)
    chosen = chosen.filter(pl.col("phase_code") == phase) if phase else chosen
    bars = portfolio.rows_of(chosen)
    cards = [row for column in portfolio.board(chosen, "en") for row in column.rows]
    dense = [row for _, rows in portfolio.groups(chosen, "en") for row in rows]

    def dates(rows):
        return sorted((row.key, row.planned_finish_on, row.finish_p50_on, row.late_days) for row in rows)

    assert dates(bars) == dates(cards) == dates(dense)
    assert len(bars) == chosen.height


def test_the_board_has_its_stages_in_the_order_of_the_plan():
    assert [column.code for column in portfolio.board(nodes(), "en")] == [
        "design",
        "material",
        "construction",
        "acceptance",
    ]


def test_a_window_holds_the_business_date():
    assert portfolio.window("all", AS_OF) is None
    for span in ("year", "quarter"):
        low, high = portfolio.window(span, AS_OF)
        assert low < AS_OF < high


def many_nodes() -> pl.DataFrame:
    many = pl.concat([nodes()] * 70).head(1_000).with_row_index("n")
    return many.with_columns(milestone_id=pl.col("milestone_id") + pl.col("n").cast(pl.String))


def test_a_dense_gantt_of_a_thousand_nodes_is_a_handful_of_outlines_and_one_list_of_names():
    many = many_nodes()
    groups = portfolio.groups(many, "zh")
    links = [(a, b) for a, b in zip(many["milestone_id"], many["milestone_id"][1:], strict=False)]
    figure = dense_figure(groups, AS_OF, "light", WORDS, "zh", None, links)
    rows = sum(len(rows) for _, rows in groups)
    assert rows == 1_000
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert len(figure.data) <= 9
    assert len(figure.layout.shapes) == 1
    assert not figure.layout.annotations
    assert sum(trace.x.count(None) for trace in figure.data if trace.mode == "lines") == MAX_LINKS
    # A line of names for each row and each group, as high as a row of bars.
    names = dense_names(groups)
    assert names.count("<span ") == 1_000
    assert names.count("<b ") == len(groups)
    low, high = figure.layout.yaxis.range
    drawn = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    assert drawn / (low - high) == ROW_HEIGHT
    assert low - high == rows + len(groups)


def test_a_dense_bar_stands_where_its_dates_are_and_says_them():
    (name, rows), *_ = portfolio.groups(nodes(), "en")
    row = next(row for row in rows if row.planned_finish_on and row.finish_p50_on)
    colour = tokens("light")
    figure = dense_figure([(name, [row])], AS_OF, "light", WORDS, "en")
    plan = next(t for t in figure.data if t.fillcolor in (colour["plan"], colour["ink-2"]))
    assert plan.x[1] == row.planned_finish_on.isoformat()
    assert plan.x[-1] is None
    told = figure.data[-1]
    assert {f"plan {row.planned_start_on} – {row.planned_finish_on}" in text for text in told.text} == {True}
    assert min(told.x) >= figure.layout.xaxis.range[0]
    # Another stretch of time: nothing is said outside of it.
    window = portfolio.window("quarter", AS_OF)
    near = dense_figure([(name, [row])], AS_OF, "light", WORDS, "en", window)
    assert all(window[0].isoformat() <= x <= window[1].isoformat() for x in near.data[-1].x)


def test_dense_names_hold_no_markup():
    (_, rows), *_ = portfolio.groups(nodes(), "en")
    assert "<i>" not in dense_names([("<i>x", rows)])


def test_the_golden_project_reads_as_it_was():
    rows = company_rows()
    value = next(row for row in rows["marts.mart_project_earned_value"] if row["project_id"] == GOLDEN)
    cycle = next(row for row in rows["marts.mart_project_cycle"] if row["project_id"] == GOLDEN)
    assert value["budget_at_completion_amount"] > 80_000_000
    assert round(value["planned_duration_months"] / value["elapsed_months"], 2) == 1.5
    row = {
        "project_name": "校区",
        "status_code": "completed",
        "planned_finish_on": dt.date(2025, 8, 28),
        "finished_on": dt.date(2025, 6, 29),
        **cycle,
    }
    assert project.finding(row, "zh") == "校区：比计划早 60 天完成，工期压缩 33.3%"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status_code": "cancelled"}, "X: cancelled"),
        ({"finish_p80_on": None}, "X: no finish to compare yet"),
        ({"finish_p80_on": dt.date(2025, 9, 11)}, "X: finish by 11 September 2025"),
        ({"accepted_on": dt.date(2025, 9, 4), "compression_share": -0.1}, "X: finished 3 days behind plan"),
    ],
)
def test_findings_of_a_project(changes, told):
    row = {
        "project_name": "X",
        "status_code": "active",
        "planned_finish_on": dt.date(2025, 9, 1),
        "finish_p80_on": dt.date(2025, 9, 1),
        "finished_on": None,
        "accepted_on": None,
        "compression_share": None,
        **changes,
    }
    assert project.finding(row, "en").startswith(told)


def test_parts_of_a_score_begin_where_the_one_before_ended_and_add_up():
    found = steps([Scored("a", 0.6, 48.0), Scored("b", None, None), Scored("c", 0.4, 20.0)], "missing")
    assert [(part.start, part.most, part.points) for part in found] == [
        (0.0, 60.0, 48.0),
        (48.0, 0.0, None),
        (48.0, 40.0, 20.0),
    ]
    assert found[1].note == "missing"


def test_the_parts_of_health_add_up_to_the_score():
    of_customer = frame("marts.mart_customer_health").row(0, named=True)
    rows = frame("marts.mart_project_health").filter(pl.col("project_id") == GOLDEN)
    of_project = {"supply_score": None, **rows.row(0, named=True)}
    of_customer = {"sla_score": None, "sla_points": None, **of_customer}
    for row, parts in ((of_customer, customer.health_parts), (of_project, project.health_parts)):
        total = sum(part.points or 0 for part in parts(row, "en"))
        assert total == pytest.approx(row["health_score"], abs=0.02)


def test_the_score_of_a_supplier_is_the_sum_of_its_parts():
    weights = frame("marts.scorecard_weight")
    points = {
        "otif": 100.0,
        "on_time": 100.0,
        "lead_time": 50.0,
        "quality": 97.5,
        "price": None,
        "response": 100.0,
    }
    row = {f"{part}_points": value for part, value in points.items()}
    parts = supplier.score_parts(row, weights, "en")
    assert sum(part.points or 0 for part in parts) == pytest.approx(91.11, abs=0.005)
    assert parts[4].points is None


def test_a_date_that_no_line_has_reached_has_no_share():
    counts = {f"{step}_{part}_count": 0 for step in supplier.LADDER for part in ("line", "kept")}
    assert [rung.share for rung in supplier.ladder(counts)] == [None] * 5


def test_promises_add_up():
    promises = project_records.promises(
        frame("marts.mart_promise_move").with_columns(milestone_name=pl.lit("Steel"))
    )
    row = promises.row(0, named=True)
    assert row["moved_days"] == (row["final_on"] - row["first_on"]).days == 9
    assert row["move_count"] == 2


def test_units_by_state_add_up_to_the_bill():
    bill = frame("marts.mart_project_device")
    by_state = project_records.devices_by_state(bill)
    assert sum(by_state.values()) == bill["unit_count"].sum() > 500
    assert list(by_state) == ["ordered", "delivered", "installed", "in_service"]


def test_a_failing_decisive_check_is_bad_another_a_warning():
    checks = frame("marts.mart_project_schedule_quality").with_columns(is_passed=pl.lit(value=False))
    assert [line.standing for line in project_records.checks(checks, "en")][:3] == ["bad", "bad", "watch"]


def test_the_stages_say_their_days_and_waits():
    stages = project.stages(frame("marts.mart_project_lifecycle"), "en")
    assert [stage.state for stage in stages] == ["passed"] * 4 + ["current"] + ["ahead"] * 2
    assert (stages[0].days, stages[0].wait) == ("24 d", "waited 1.5 d")
    assert stages[6].when == "ahead"


def test_a_grade_that_falls_is_better():
    found = {each.name: each for each in customer.dimensions(frame("marts.mart_customer_dimension"), "en")}
    assert found["Payment"].is_better is True
    assert found["Industry"].is_better is False


def test_a_figure_without_registration_is_a_line_without_a_passport():
    line = FigureLines({}, "en").of("no_such", 1.0, "1")
    assert (line.figure_id, line.standing) == ("", None)
    figure = Figure("f", "F", "", "share", None, "higher", 0.9, None, 1, is_doubtful=True)
    line = FigureLines({"f": figure}, "en").of("f", 0.95, "95.0%")
    assert (line.note, line.standing, line.is_doubtful) == ("target 90.0%", "good", True)


def test_names_can_hold_no_markup():
    assert "<i>" not in named("<i>x", "", "")
    assert '"><i>' not in named("x", 'a"><i>', '"><i>')
