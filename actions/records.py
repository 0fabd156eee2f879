"""An action before it is stored and after, and as the rules of kinds and items see it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from actions.kinds import Payload, Step


@dataclass(frozen=True)
class Draft:
    """An action that is yet to be stored.

    `action_id` is made by the client when the form is opened, so that a rerun or a double click is the same
    action; `expected_version` is the subject's version that the person saw (0: no action yet).
    """

    action_id: str
    subject_id: str
    payload: Payload
    expected_version: int
    reason_code: str
    reason: str
    done_by: str
    #: The figure and the publication that the person looked at when deciding.
    figure_id: str | None = None
    publication_name: str | None = None
    #: Only for a payload that may be said of several types of subject; else the payload's own.
    about_type: str | None = None

    @property
    def subject_type(self) -> str:
        """The type of its subject."""
        return self.about_type or self.payload.subject_type


@dataclass(frozen=True)
class Action:
    """A stored action; `done_at` is naive UTC, `version` counts within the subject."""

    sequence_no: int
    action_id: str
    kind_code: str
    subject_type: str
    subject_id: str
    version: int
    payload: Payload
    reason_code: str
    reason: str
    done_by: str
    done_at: dt.datetime
    undoes_action_id: str | None
    figure_id: str | None = None
    publication_name: str | None = None


def utc_now() -> dt.datetime:
    """The time of a decision: when a person acts, not a business date."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def step_of(action: Action) -> Step:
    """The action as the rules of kinds and the state of items see it."""
    return Step(
        action.action_id,
        action.payload,
        action.done_by,
        action.done_at,
        action.undoes_action_id,
        action.reason_code,
    )
