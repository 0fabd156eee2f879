"""Re-planning a milestone: what the form stands on, saving against it, taking it back."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from actions.errors import InvalidActionError, StaleVersionError
from actions.kinds import ReplanMilestone, shown
from actions.store import Action, ActionStore, Draft
from cockpit.services.numbers import moment
from lake.publication import Publication
from lake.text import text


@dataclass(frozen=True)
class Base:
    """What the planner saw when the form was opened; a save is only taken against this."""

    milestone_id: str
    version: int
    seen_on: dt.date | None
    action_id: str


def open_form(milestone_id: str, forecast_on: dt.date | None, history: list[Action]) -> Base:
    """A form for the milestone as it stands now; its action id makes a double click one action."""
    return Base(milestone_id, history[-1].version if history else 0, forecast_on, uuid.uuid4().hex)


@dataclass(frozen=True)
class Answer:
    """What the planner filled in."""

    new_on: dt.date | None
    reason_code: str | None
    reason: str
    who: str


def save(
    store: ActionStore, base: Base, answer: Answer, current_on: dt.date | None, publication: Publication
) -> Action:
    """Store the planner's date.

    `current_on` is the date the page shows now: `publication` may have changed it under the open form.
    Raises what ActionStore.record raises, and InvalidActionError for a date that is none or has passed.
    """
    if answer.new_on is None:
        raise InvalidActionError("no_date")
    if answer.new_on < publication.as_of_on:
        raise InvalidActionError("past_date", date=shown(answer.new_on), as_of=shown(publication.as_of_on))
    history = store.history(ReplanMilestone.subject_type, base.milestone_id)
    version = history[-1].version if history else 0
    if version == base.version and current_on != base.seen_on:
        raise StaleVersionError(
            expected=base.version,
            current=version,
            yours=shown(answer.new_on),
            theirs=shown(current_on),
            by=publication.name,
            at=moment(publication.published_at),
        )
    return store.record(
        Draft(
            action_id=base.action_id,
            subject_id=base.milestone_id,
            payload=ReplanMilestone(old_on=base.seen_on, new_on=answer.new_on),
            expected_version=base.version,
            reason_code=answer.reason_code or "",
            reason=answer.reason,
            done_by=answer.who,
        )
    )


def take_back(store: ActionStore, action: Action, who: str, language: str) -> Action:
    """Undo the newest action of a milestone; its id follows from the action: a repeat is no second undo."""
    return store.undo(
        action.action_id,
        new_action_id=f"undo-{action.action_id}",
        expected_version=action.version,
        reason=text("actions.undo_reason", language, reason=action.reason),
        done_by=who,
    )


def suggested_on(row: dict, as_of_on: dt.date) -> dt.date:
    """What the form starts with: the P80 finish, else the planner's date, never before the business date."""
    return max(row["finish_p80_on"] or row["forecast_finish_on"] or as_of_on, as_of_on)
