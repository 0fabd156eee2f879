"""Late lines and the options against them as what-if scenarios: who is hit, and what an option recovers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from ml.frames import with_schema
from ml.schedule.alternative_frames import ALTERNATIVE_SCHEMA, AlternativeFrames
from ml.schedule.alternatives import late_lines
from ml.schedule.whatif import CHANGE_SCHEMA

Row = dict[str, Any]
#: What of an option makes a scenario, a part of ALTERNATIVE_SCHEMA.
OPTION_SCHEMA = {
    name: ALTERNATIVE_SCHEMA[name]
    for name in (
        "purchase_line_id",
        "option_rank",
        "option_code",
        "project_id",
        "milestone_id",
        "arrival_on",
        "crew_id",
        "work_milestone_id",
        "work_days",
        "work_new_days",
    )
}


def late_scenarios(frames: Mapping[str, pl.DataFrame], as_of_on: date) -> pl.DataFrame:
    """One scenario a late line, by its id: its milestone is done when its goods come.

    Gives CHANGE_SCHEMA: `what_if` tells which milestones and projects each line moves, and how far.
    """
    lines = late_lines(AlternativeFrames(frames), as_of_on)
    return _frame([_date(row["purchase_line_id"], row, row["expected_on"]) for row in lines.to_dicts()])


def option_scenarios(
    frames: Mapping[str, pl.DataFrame], options: pl.DataFrame, as_of_on: date
) -> pl.DataFrame:
    """A scenario a late line with nothing done, «<line>», and one an option with it taken, «<line>/<rank>».

    options: OPTION_SCHEMA; a row `wait` has no scenario of its own. In both all other late lines of the
    project stay late, so that the difference of the project's finish is what the option recovers. Gives
    CHANGE_SCHEMA.
    """
    given = AlternativeFrames(frames)
    lines = late_lines(given, as_of_on).to_dicts()
    lags = {
        (row["predecessor_id"], row["successor_id"]): row["lag_days"] or 0
        for row in given["links"].iter_rows(named=True)
        if (row["type_code"] or "FS") == "FS"
    }
    rows: list[Row] = []
    told: set[str] = set()
    for option in with_schema(options, OPTION_SCHEMA, "options").iter_rows(named=True):
        line_id = option["purchase_line_id"]
        mates = [each for each in lines if each["project_id"] == option["project_id"]]
        if line_id not in told:
            rows += _late(line_id, mates)
            told.add(line_id)
        if option["option_code"] == "wait":
            continue
        scenario = f"{line_id}/{option['option_rank']}"
        arrivals = {line_id: option["arrival_on"]} if option["arrival_on"] else {}
        rows += _late(scenario, mates, arrivals)
        if option["option_code"] == "more_crew":
            rows.append(_change(scenario, option, "crew", days=option["work_new_days"]))
        elif option["option_code"] == "resequence":
            before = option["milestone_id"]
            lag = lags[before, option["work_milestone_id"]] - option["work_days"]
            rows.append(_change(scenario, option, "unlink", other_id=before, type_code="FS"))
            rows.append(_change(scenario, option, "link", other_id=before, type_code="FS", days=lag))
    return _frame(rows)


def _late(scenario: str, lines: list[Row], arrivals: Mapping[str, date] | None = None) -> list[Row]:
    """Each milestone done when the last of its late lines is there."""
    days: dict[str, date] = {}
    for line in lines:
        on = (arrivals or {}).get(line["purchase_line_id"], line["expected_on"])
        days[line["milestone_id"]] = max(on, days.get(line["milestone_id"], on))
    return [_date(scenario, {"milestone_id": milestone}, on) for milestone, on in days.items()]


def _date(scenario: str, row: Row, on: date) -> Row:
    return {
        "scenario_id": scenario,
        "kind_code": "date",
        "milestone_id": row["milestone_id"],
        "new_on": on,
    }


def _change(scenario: str, option: Row, kind: str, **other: Any) -> Row:
    return {
        "scenario_id": scenario,
        "kind_code": kind,
        "milestone_id": option["work_milestone_id"],
        "other_id": option["crew_id"],
    } | other


def _frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=CHANGE_SCHEMA)
