"""Bars of time: rows of the Gantt from milestones or projects, in plain dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from cockpit.services import numbers
from cockpit.services.figures import Standing
from cockpit.services.words import code_label


@dataclass(frozen=True)
class GanttRow:
    """One bar: plan, actual, forecast to P50, band P10–P90 and the planner's own date; any may be missing."""

    key: str
    label: str
    detail: str
    planned_start_on: dt.date | None
    planned_finish_on: dt.date | None
    started_on: dt.date | None
    finished_on: dt.date | None
    finish_p10_on: dt.date | None
    finish_p50_on: dt.date | None
    finish_p90_on: dt.date | None
    planner_finish_on: dt.date | None
    late_days: int | None
    standing: Standing | None
    is_critical: bool = False
    project_id: str = ""
    name: str = ""

    @property
    def late_text(self) -> str:
        """Days against plan with sign; «–» when nothing says."""
        return numbers.days_late(self.late_days)


def late_standing(days: int | None, threshold_days: int | None) -> Standing | None:
    """Good when not late, watch within the threshold, bad beyond it."""
    if days is None:
        return None
    if days <= 0:
        return "good"
    return "watch" if days <= (threshold_days or 0) else "bad"


def milestone_row(row: dict) -> GanttRow:
    """The bar of one milestone; an open one is late by its P50 finish, a finished one by its finish."""
    planned = row.get("planned_finish_on")
    expected = row.get("finished_on") or row.get("finish_p50_on")
    late = (expected - planned).days if planned and expected else row.get("days_late")
    return GanttRow(
        key=row["milestone_id"],
        label=row.get("project_name") or row.get("project_id") or "",
        detail=" · ".join(filter(None, [row.get("name"), row.get("customer_name")])),
        planned_start_on=row.get("planned_start_on"),
        planned_finish_on=planned,
        started_on=row.get("started_on"),
        finished_on=row.get("finished_on"),
        finish_p10_on=row.get("finish_p10_on"),
        finish_p50_on=row.get("finish_p50_on"),
        finish_p90_on=row.get("finish_p90_on"),
        planner_finish_on=row.get("forecast_finish_on"),
        late_days=late,
        standing=late_standing(late, row.get("threshold_days")),
        is_critical=bool(row.get("is_critical")),
        project_id=row.get("project_id") or "",
        name=row.get("name") or row["milestone_id"],
    )


def node_row(row: dict, language: str) -> GanttRow:
    """The bar of a milestone among those of its own project: it is called by its own name."""
    detail = " · ".join(filter(None, [code_label("phase", row["phase_code"], language), row.get("owner_id")]))
    name = row.get("name") or row["milestone_id"]
    made = milestone_row(row)
    # What was finished needs no planner's date, and a page of one project no link to it.
    planner = None if made.finished_on else made.planner_finish_on
    return replace(made, label=name, detail=detail, planner_finish_on=planner, project_id="")


def project_row(row: dict, threshold_days: int = 14) -> GanttRow:
    """The bar of one project over its open milestones; two weeks count as watch."""
    late = (row["finish_p50_on"] - row["planned_finish_on"]).days
    return GanttRow(
        key=row["project_id"],
        label=row["name"],
        detail=row.get("customer_name") or "",
        planned_start_on=row["planned_start_on"],
        planned_finish_on=row["planned_finish_on"],
        started_on=row["started_on"],
        finished_on=None,
        finish_p10_on=row["finish_p10_on"],
        finish_p50_on=row["finish_p50_on"],
        finish_p90_on=row["finish_p90_on"],
        planner_finish_on=row["forecast_finish_on"],
        late_days=late,
        standing=late_standing(late, threshold_days),
        project_id=row["project_id"],
    )
