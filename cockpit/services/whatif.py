"""What-if of one project: scenarios, what each would bring, and what approving one writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from actions.kinds import ReplanMilestone
from actions.records import Action, Draft
from cockpit.services import numbers
from cockpit.services.steps import Seen, pressed_id
from cockpit.services.words import say
from ml.schedule.read import LINK_TYPES, Effects, option_changes, scenario_effects

Row = Mapping[str, Any]
KINDS = ("date", "duration", "supplier", "crew", "link", "unlink")
#: More columns than these cannot be read side by side.
MOST = 4
HOURS_PER_DAY = 8
__all__ = ["KINDS", "LINK_TYPES", "MOST", "Change", "Effects", "Outcome", "Project", "Scenario"]


@dataclass(frozen=True)
class Project:
    """What the publication says of a project, as far as a what-if reads it."""

    milestones: pl.DataFrame
    links: pl.DataFrame
    delays: pl.DataFrame
    lines: pl.DataFrame
    as_of_on: dt.date

    def name(self, milestone_id: str | None) -> str:
        """What a milestone is called; its id where it has no name."""
        found = self.milestones.filter(pl.col("milestone_id") == milestone_id)
        return (found["name"][0] if found.height else None) or milestone_id or numbers.NO_DATA

    def open(self) -> list[str]:
        """The milestones that a scenario may change, in the order of the plan."""
        is_open = ~pl.col("state_code").is_in(["finished", "cancelled"])
        return self.milestones.filter(is_open)["milestone_id"].to_list()

    def row(self, milestone_id: str) -> Row:
        """One milestone."""
        return self.milestones.row(by_predicate=pl.col("milestone_id") == milestone_id, named=True)

    def days(self, milestone_id: str) -> int:
        """How long a milestone is planned to take; 1 where the plan does not say."""
        row = self.row(milestone_id)
        if row["planned_start_on"] is None or row["planned_finish_on"] is None:
            return 1
        return max(1, (row["planned_finish_on"] - row["planned_start_on"]).days)


@dataclass(frozen=True)
class Change:
    """One change of a scenario: the fields of CHANGE_SCHEMA, what it costs more, and whom it brings in."""

    kind_code: str
    milestone_id: str
    other_id: str | None = None
    new_on: dt.date | None = None
    days: int | None = None
    type_code: str | None = None
    other_name: str = ""
    cost_amount: float | None = None
    currency_code: str | None = None


@dataclass(frozen=True)
class Scenario:
    """Changes that are tried together; of a late batch with the option that they stand for.

    kind_code: `own` (built by hand), `wait` (a batch is late and nothing is done) or `option`.
    """

    scenario_id: str
    changes: tuple[Change, ...]
    kind_code: str = "own"
    batch: str = ""
    option: Row | None = None


@dataclass(frozen=True)
class Outcome:
    """What a scenario brings its project; dates and shifts are None where it closes a circle.

    recovered_days: by so many days the project's P50 finish is sooner than with the batch late and nothing
    done, where that is another scenario; cost_amount None where one change's cost is not known.
    """

    scenario: Scenario
    finish_p50_on: dt.date | None
    finish_p80_on: dt.date | None
    shift_p50_days: int | None
    shift_p80_days: int | None
    moved_count: int
    cycle_text: str | None
    cost_amount: float | None
    currency_code: str | None
    recovered_days: int | None = None
    rows: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)


def next_id(scenarios: Sequence[Scenario]) -> str:
    """The first free letter."""
    taken = {each.scenario_id for each in scenarios}
    return next(letter for letter in "ABCDEFGH" if letter not in taken)


def with_change(scenarios: Sequence[Scenario], target: str | None, change: Change) -> list[Scenario]:
    """The scenarios with a change more: in the one named, or in a new one."""
    if target is None:
        return [*scenarios, Scenario(next_id(scenarios), (change,))]
    return [
        Scenario(each.scenario_id, (*each.changes, change)) if each.scenario_id == target else each
        for each in scenarios
    ]


def with_option(scenarios: Sequence[Scenario], project: Project, option: Row, batch: str) -> list[Scenario]:
    """The scenarios with an option against a late batch, beside the batch late with nothing done."""
    waiting, taken = option_changes(
        project.lines, project.milestones, project.links, option, project.as_of_on
    )
    found = list(scenarios)
    line_id = option["purchase_line_id"]
    if waiting and not any(each.kind_code == "wait" and each.batch == line_id for each in found):
        found.append(Scenario(next_id(found), tuple(map(_change, waiting)), "wait", line_id, {"name": batch}))
    is_new = all(each.option != option for each in found)
    if taken and is_new:
        changes = tuple(map(_change, taken))
        found.append(Scenario(next_id(found), changes, "option", line_id, option))
    return found[-MOST:]


def outcomes(project: Project, scenarios: Sequence[Scenario]) -> tuple[Effects, list[Outcome]]:
    """What each scenario would bring, in their order."""
    changes = [
        {**vars(change), "scenario_id": each.scenario_id} for each in scenarios for change in each.changes
    ]
    effects = scenario_effects(project.milestones, project.links, project.delays, project.as_of_on, changes)
    found = [_outcome(each, effects) for each in scenarios]
    waiting = {each.scenario.batch: each for each in found if each.scenario.kind_code == "wait"}
    return effects, [_recovered(each, waiting.get(each.scenario.batch)) for each in found]


def now(effects: Effects) -> Outcome:
    """The project as it stands, to be put beside the scenarios."""
    row = _unmoved(effects.outlook)
    finish = row["project_finish_p50_on"], row["project_finish_p80_on"]
    return Outcome(Scenario("", ()), *finish, 0, 0, 0, row["cycle_text"], None, None)


def two_finishes(own: dt.date | None, standing: Outcome, language: str) -> str:
    """Why the project's P80 here is another than in the title (`own`); empty where it is the same.

    The title has what came of playing the network through many times, some milestones late, some not; here
    every milestone is as late as its own P80 says.
    """
    if own is None or standing.finish_p80_on is None or own == standing.finish_p80_on:
        return ""
    return say(
        "two_finishes",
        language,
        own=numbers.date(own),
        network=numbers.date(standing.finish_p80_on),
        days=abs((standing.finish_p80_on - own).days),
    )


def _outcome(scenario: Scenario, effects: Effects) -> Outcome:
    rows = effects.rows.filter(pl.col("scenario_id") == scenario.scenario_id)
    row = rows.row(0, named=True) if rows.height else _unmoved(effects.outlook)
    cost, currency = _cost(scenario)
    return Outcome(
        scenario,
        row["project_finish_p50_on"],
        row["project_finish_p80_on"],
        row["project_shift_p50_days"],
        row["project_shift_p80_days"],
        rows.filter((pl.col("shift_p50_days") != 0) | (pl.col("shift_p80_days") != 0)).height,
        row["cycle_text"],
        cost,
        currency,
        rows=rows,
    )


def _unmoved(outlook: pl.DataFrame) -> Row:
    row = outlook.row(0, named=True) if outlook.height else dict.fromkeys(outlook.columns)
    return {**row, "project_shift_p50_days": 0, "project_shift_p80_days": 0}


def _recovered(outcome: Outcome, waiting: Outcome | None) -> Outcome:
    if outcome.scenario.kind_code != "option" or waiting is None:
        return outcome
    if outcome.finish_p50_on is None or waiting.finish_p50_on is None:
        return outcome
    days = (waiting.finish_p50_on - outcome.finish_p50_on).days
    return Outcome(**{**vars(outcome), "recovered_days": days})


def _cost(scenario: Scenario) -> tuple[float | None, str | None]:
    if scenario.kind_code == "option" and scenario.option is not None:
        return scenario.option["cost_amount"], scenario.option["currency_code"]
    known = [each for each in scenario.changes if each.cost_amount is not None]
    currencies = {each.currency_code for each in known}
    if not known or len(known) < len(scenario.changes) or len(currencies) > 1:
        return None, None
    return sum(each.cost_amount or 0.0 for each in known), currencies.pop()


def _change(row: Row) -> Change:
    names = ("kind_code", "milestone_id", "other_id", "new_on", "days", "type_code")
    return Change(**{name: row[name] for name in names})


def crew_cost(
    project: Project, milestone_id: str, crews: Mapping[str, Row], crew_id: str, days: int
) -> float | None:
    """What another crew costs more than the milestone's own by its plan; None where a rate is not known."""
    own, other = crews.get(project.row(milestone_id)["crew_id"] or ""), crews[crew_id]
    if own is None or own["currency_code"] != other["currency_code"]:
        return None
    needed = (own["hourly_cost_amount"], own["head_count"], other["hourly_cost_amount"], other["head_count"])
    if any(value is None for value in needed):
        return None
    before = own["hourly_cost_amount"] * own["head_count"] * project.days(milestone_id)
    return HOURS_PER_DAY * (other["hourly_cost_amount"] * other["head_count"] * days - before)


def change_words(change: Change, project: Project, language: str) -> str:
    """A change in one line."""
    return say(
        f"altered_{change.kind_code}",
        language,
        milestone=project.name(change.milestone_id),
        on=numbers.date(change.new_on),
        days=numbers.NO_DATA if change.days is None else change.days,
        other=change.other_name or _other(change, project),
        type=change.type_code or "FS",
    )


def _other(change: Change, project: Project) -> str:
    is_link = change.kind_code in ("link", "unlink")
    return project.name(change.other_id) if is_link else change.other_id or numbers.NO_DATA


def scenario_words(scenario: Scenario, project: Project, language: str) -> list[str]:
    """What a scenario is, in lines."""
    if scenario.kind_code == "wait" and scenario.option is not None:
        return [say("scenario_wait", language, batch=scenario.option["name"])]
    if scenario.kind_code == "option" and scenario.option is not None:
        return [
            say(f"option_{scenario.option['option_code']}", language),
            scenario.option["option_name"] or "",
        ]
    return [change_words(each, project, language) for each in scenario.changes]


def problem_words(effects: Effects, language: str) -> list[str]:
    """The changes that cannot be made, each with why."""
    return [
        say(
            "altered_refused",
            language,
            scenario=row["scenario_id"],
            no=row["row_no"],
            why=say(f"refused_{row['reason_code']}", language),
        )
        for row in effects.problems.iter_rows(named=True)
    ]


def node_table(project: Project, effects: Effects, found: Iterable[Outcome]) -> pl.DataFrame:
    """Each milestone that some scenario moves: its P50 finish now, and by how many days each moves it."""
    table = effects.outlook.select("milestone_id", base_finish_p50_on="finish_p50_on")
    for each in found:
        if each.rows.height:
            moved = each.rows.select(
                "milestone_id", pl.col("shift_p50_days").alias(each.scenario.scenario_id)
            )
            table = table.join(moved, on="milestone_id", how="left", maintain_order="left")
    shifts = table.columns[2:]
    if not shifts:
        return table.clear()
    names = project.milestones.select("milestone_id", milestone_name=pl.coalesce("name", "milestone_id"))
    return (
        names.join(table, on="milestone_id", how="inner", maintain_order="left")
        .filter(pl.any_horizontal(pl.col(name) != 0 for name in shifts))
        .drop("milestone_id")
    )


def replans(
    outcome: Outcome, standing: pl.DataFrame, newest: Mapping[str, Action], publication_name: str
) -> list[tuple[Seen, ReplanMilestone]]:
    """The new dates that approving a scenario writes: what it changes and moves, at its P80 finish.

    standing: open milestones with the forecast date that stands now. A date given by hand stays as given;
    one that stands already is not written again.
    """
    dates = {row["milestone_id"]: row["forecast_finish_on"] for row in standing.iter_rows(named=True)}
    moved = outcome.rows.filter(
        pl.col("is_changed") | (pl.col("shift_p50_days") != 0) | (pl.col("shift_p80_days") != 0)
    )
    found = []
    for row in moved.iter_rows(named=True):
        milestone_id, new_on = row["milestone_id"], row["finish_p80_on"]
        if milestone_id in dates and new_on is not None and new_on != dates[milestone_id]:
            version = newest[milestone_id].version if milestone_id in newest else 0
            seen = Seen(milestone_id, version, publication_name, ReplanMilestone.subject_type)
            found.append((seen, ReplanMilestone(old_on=dates[milestone_id], new_on=new_on)))
    return found


def drafts(
    steps: Iterable[tuple[Seen, ReplanMilestone]], who: str, reason_code: str, reason: str
) -> list[Draft]:
    """The events to store; pressed twice, they are the same."""
    return [
        Draft(
            action_id=pressed_id(f"replan:{payload.new_on}", seen, who),
            subject_id=seen.subject_id,
            payload=payload,
            expected_version=seen.version,
            reason_code=reason_code,
            reason=reason,
            done_by=who,
            publication_name=seen.publication_name,
        )
        for seen, payload in steps
    ]
