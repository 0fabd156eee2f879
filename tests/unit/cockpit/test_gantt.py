"""Bars of time: the right rectangles, one bar trace, shapes assigned once, quick with a thousand rows."""

import datetime as dt

import pytest

from cockpit.components.gantt import GanttWords, gantt_figure
from cockpit.services.gantt import GanttRow, late_standing, milestone_row
from cockpit.theme.tokens import tokens

AS_OF = dt.date(2025, 9, 30)
WORDS = GanttWords("plan", "actual", "forecast", "band", "today", "planner")


def row(**changes) -> GanttRow:
    values = {
        "milestone_id": "M1",
        "project_name": "City Hospital",
        "name": "Chillers",
        "planned_start_on": dt.date(2025, 5, 1),
        "planned_finish_on": dt.date(2025, 9, 1),
        "started_on": dt.date(2025, 5, 6),
        "finish_p10_on": dt.date(2025, 9, 20),
        "finish_p50_on": dt.date(2025, 10, 20),
        "finish_p90_on": dt.date(2025, 12, 1),
        "threshold_days": 10,
    }
    return milestone_row({**values, **changes})


def pieces(figure) -> list[tuple[str, str, str]]:
    return [tuple(each) for each in figure.data[0].customdata]


def test_an_open_milestone_has_plan_actual_forecast_and_band():
    figure = gantt_figure([row()], AS_OF, "light", WORDS, "en")
    assert pieces(figure) == [
        ("band", "2025-09-30", "2025-12-01"),  # the past of a band is no forecast
        ("forecast", "2025-09-30", "2025-10-20"),
        ("actual", "2025-05-06", "2025-09-30"),
        ("plan", "2025-05-01", "2025-09-01"),
    ]
    assert len(figure.data) == 1


def test_a_finished_milestone_has_no_forecast():
    figure = gantt_figure([row(finished_on=dt.date(2025, 9, 11))], AS_OF, "light", WORDS, "en")
    assert [name for name, *_ in pieces(figure)] == ["actual", "plan"]
    assert figure.layout.annotations[1].text == "+10"


def test_a_milestone_without_any_date_but_the_plan_is_drawn():
    nothing = dict.fromkeys(
        ("planned_start_on", "started_on", "finish_p10_on", "finish_p50_on", "finish_p90_on")
    )
    figure = gantt_figure([row(**nothing)], AS_OF, "dark", WORDS, "zh")
    assert [name for name, *_ in pieces(figure)] == ["plan"]


def test_the_business_date_and_the_p50_ticks_are_shapes():
    shapes = gantt_figure([row(), row()], AS_OF, "light", WORDS, "en").layout.shapes
    assert len(shapes) == 3
    assert str(shapes[-1].x0).startswith("2025-09-30")
    assert shapes[-1].line.color == tokens("light")["accent"]


def test_the_planners_date_is_a_mark():
    figure = gantt_figure([row(forecast_finish_on=dt.date(2025, 11, 5))], AS_OF, "light", WORDS, "en")
    assert list(figure.data[1].x) == ["2025-11-05"]


def test_colours_mean_the_same_in_both_themes():
    for mode in ("light", "dark"):
        colours = gantt_figure([row()], AS_OF, mode, WORDS, "en").data[0].marker.color
        assert colours[2] == tokens(mode)["actual"]
        assert colours[3] == tokens(mode)["plan"]


@pytest.mark.parametrize(
    ("days", "threshold", "standing"),
    [(None, 5, None), (-3, 5, "good"), (0, 5, "good"), (5, 5, "watch"), (6, 5, "bad"), (1, None, "bad")],
)
def test_standing_by_threshold(days, threshold, standing):
    assert late_standing(days, threshold) == standing


def test_a_thousand_bars_are_drawn_by_as_many_traces_as_one():
    one, many = (gantt_figure([row()] * rows, AS_OF, "light", WORDS, "en") for rows in (1, 1000))
    assert len(many.data) == len(one.data)
    assert len(many.data[0].x) == 4000


def test_names_can_hold_no_markup():
    figure = gantt_figure([row(project_name="<b>x", name="a & b <i>")], AS_OF, "light", WORDS, "en")
    label = figure.layout.annotations[0].text
    assert "<b>" not in label
    assert "<i>" not in label


def test_a_name_leads_to_its_project_and_on_the_projects_own_page_nowhere():
    def label(bar):
        return gantt_figure([bar], AS_OF, "light", WORDS, "en").layout.annotations[0].text

    linked = label(row(project_id='P1"&<x>'))
    assert linked.startswith('<a href="projects?project=P1%22%26%3Cx%3E" target="_self">City Hospital</a>')
    assert "<a " not in label(row())
