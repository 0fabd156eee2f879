"""The read side of scheduling: what if one project were done otherwise? No training, no files.

A page hands over what was published of one project; nothing else is computed, so that it answers at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from ml.schedule.constraint_model import PlanConfig
from ml.schedule.crew_plan import CrewPlan, crew_plan
from ml.schedule.outlook import DELAY_SCHEMA, OUTLOOK_SCHEMA, Snapshot, finish_outlook
from ml.schedule.scenarios import OPTION_SCHEMA, option_scenarios
from ml.schedule.whatif import CHANGE_SCHEMA, LINK_TYPES, WHATIF_SCHEMA, change_problems, what_if

__all__ = [
    "CHANGE_SCHEMA",
    "DELAY_SCHEMA",
    "LINK_TYPES",
    "OUTLOOK_SCHEMA",
    "WHATIF_SCHEMA",
    "CrewPlan",
    "Effects",
    "PlanConfig",
    "crew_plan",
    "option_changes",
    "project_outlook",
    "scenario_effects",
]


@dataclass(frozen=True)
class Effects:
    """What scenarios would bring: WHATIF_SCHEMA a scenario and milestone, and the changes that can't be made.

    outlook: OUTLOOK_SCHEMA, as things stand. problems: PROBLEM_SCHEMA.
    """

    outlook: pl.DataFrame
    rows: pl.DataFrame
    problems: pl.DataFrame


def project_outlook(
    milestones: pl.DataFrame, links: pl.DataFrame, delays: pl.DataFrame, as_of_on: date
) -> pl.DataFrame:
    """P50 and P80 finish of the milestones and their project as things stand: OUTLOOK_SCHEMA."""
    return finish_outlook(Snapshot(milestones, links, delays, as_of_on))


def scenario_effects(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    delays: pl.DataFrame,
    as_of_on: date,
    changes: Iterable[Mapping[str, Any]],
) -> Effects:
    """The scenarios of one project or several beside the published state.

    milestones, links, delays: rows of `fct_milestone`, `fct_milestone_link` and DELAY_SCHEMA. changes: rows
    of CHANGE_SCHEMA, missing fields NULL. Raises MissingColumnsError.
    """
    snapshot = Snapshot(milestones, links, delays, as_of_on)
    outlook = finish_outlook(snapshot)
    asked = pl.DataFrame(
        [{name: row.get(name) for name in CHANGE_SCHEMA} for row in changes], schema=CHANGE_SCHEMA
    )
    return Effects(outlook, what_if(outlook, snapshot, asked), change_problems(snapshot, asked))


def option_changes(
    lines: pl.DataFrame,
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    option: Mapping[str, Any],
    as_of_on: date,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two scenarios of a late line as rows of CHANGE_SCHEMA: nothing is done, and the option is taken.

    lines: rows of `fct_purchase_line` of the line's project; all other late ones stay late in both. option:
    a row of `ml_alternative_forecast` or `mart_batch_option`. Both empty when the line is late no more.
    """
    frames = {"lines": lines, "milestones": milestones, "links": links}
    row = {name: option.get(name) for name in OPTION_SCHEMA}
    line_id, rank = row["purchase_line_id"], row["option_rank"]
    changes = option_scenarios(frames, pl.DataFrame([row], schema=OPTION_SCHEMA), as_of_on).to_dicts()
    return (
        [each for each in changes if each["scenario_id"] == line_id],
        [each for each in changes if each["scenario_id"] == f"{line_id}/{rank}"],
    )
