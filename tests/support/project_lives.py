"""The stages and the clocks of projects, from the definitions: for figures that are computed twice."""

import datetime as dt
from itertools import pairwise
from typing import Any

import polars as pl

from tests.support.figure_day import AHEAD, UNTIL, Frames

#: When the business date ends, by the clock of the systems.
DAY_ENDS = dt.datetime.combine(UNTIL + dt.timedelta(days=1), dt.time()) - AHEAD


def traces_of(frames: Frames) -> dict[str, list[dict[str, Any]]]:
    """The stage events of each project in order of time, as far as the business date knows them."""
    events = frames["projects__stage_events"].filter(pl.col("entered_at") < DAY_ENDS)
    events = events.sort("project_id", "entered_at")
    return {
        str(name): group.to_dicts() for (name,), group in events.group_by("project_id", maintain_order=True)
    }


def released_at(event: dict[str, Any], after: dict[str, Any]) -> dt.datetime:
    """When the team of `event` let go, as the event `after` it tells."""
    told = after["handed_over_at"] or after["entered_at"]
    moment: dt.datetime = min(max(told, event["entered_at"]), after["entered_at"])
    return moment


def cycles_of(frames: Frames) -> dict[str, dict[str, Any]]:
    """Each project's dates and days by the three clocks."""
    accepted = folded(frames["erp__acceptances"].filter(pl.col("kind_code") == "final"), "accepted_on", min)
    last = frames["projects__milestones"].filter(pl.col("phase_code") == "COMMISSIONING")
    commissioned = folded(last, "finished_on", lambda days: None if None in days else max(days))
    projects = frames["projects__projects"].to_dicts()
    starts = folded(frames["projects__projects"].filter("is_pilot"), "initiated_on", min, "city")
    traces = traces_of(frames)
    found = {}
    for project in projects:
        name, initiated = project["project_id"], project["initiated_on"]
        is_cancelled = project["status_code"] == "cancelled"
        start = starts.get(project["city"])
        end, ready, begun = (
            accepted.get(name) or project["finished_on"],
            commissioned.get(name),
            project["started_on"],
        )
        found[name] = {
            "city": project["city"],
            "type": project["type_code"],
            "amount": float(project["contract_amount"]),
            "pilot": "after" if project["is_pilot"] else "before" if start and initiated < start else "none",
            "accepted_on": end,
            "commissioned_on": ready,
            "begun_on": begun,
            "project_cycle": None if is_cancelled or end is None else (end - initiated).days,
            "delivery_cycle": None
            if is_cancelled or ready is None
            else (ready - project["contract_signed_on"]).days,
            "start": None if is_cancelled or begun is None else (begun - initiated).days,
            "planned": (project["planned_finish_on"] - initiated).days,
            "waited": None if is_cancelled or begun is None else _waited(traces[name], initiated, begun),
        }
    return found


def _waited(trace: list[dict[str, Any]], since: dt.date, until: dt.date) -> float:
    """Days between the local midnights of two days that a project waited to be taken over."""
    first, last = (dt.datetime.combine(day, dt.time()) - AHEAD for day in (since, until))
    total = dt.timedelta()
    for one, after in pairwise(trace):
        total += max(min(after["entered_at"], last) - max(released_at(one, after), first), dt.timedelta())
    return in_days(total)


def folded(frame: pl.DataFrame, column: str, fold: Any, key: str = "project_id") -> dict[str, Any]:
    """What `fold` makes of the values of a column, by key."""
    return {str(name): fold(group[column].to_list()) for (name,), group in frame.group_by(key)}


def in_days(length: dt.timedelta) -> float:
    """A length of time in days."""
    return length.total_seconds() / 86400


def mean(values: list[Any]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None


def assert_close(found: dict[Any, Any], expected: dict[Any, Any]) -> None:
    """Equal keys, both without a value or equal to 0.01."""
    assert set(found) == set(expected)
    for key, value in found.items():
        right = expected[key]
        assert (value is None) == (right is None), (key, value, right)
        assert value is None or abs(float(value) - float(right)) < 0.01, (key, value, right)
