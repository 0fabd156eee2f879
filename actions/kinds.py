"""The kinds of action: what each one may say. A kind is a frozen model that checks itself.

A further kind is one more class here and an entry in KINDS; the store does not change.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from actions.errors import InvalidActionError
from actions.reasons import REASON_CODES

MAX_REASON = 500


class Payload(BaseModel):
    """What a kind of action carries beside who, when and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind_code: ClassVar[str]
    subject_type: ClassVar[str]

    def value(self) -> str:
        """The new value in words that a conflict message can show."""
        raise NotImplementedError

    def reversed(self) -> Payload:
        """The payload that takes this one back."""
        raise NotImplementedError

    def check(self, reason_code: str, reason: str) -> None:
        """Refuse what the kind does not allow (InvalidActionError)."""
        raise NotImplementedError


class ReplanMilestone(Payload):
    """A planner's new forecast finish of one milestone; the approved baseline never moves.

    `old_on` is the forecast the planner saw (None: there was none); `new_on` is None only when an undo
    gives the milestone back to its source.
    """

    kind_code: ClassVar[str] = "replan_milestone"
    subject_type: ClassVar[str] = "milestone"

    old_on: dt.date | None
    new_on: dt.date | None

    def value(self) -> str:
        """The new forecast date, ISO."""
        return shown(self.new_on)

    def reversed(self) -> ReplanMilestone:
        """Old and new exchanged."""
        return ReplanMilestone(old_on=self.new_on, new_on=self.old_on)

    def check(self, reason_code: str, reason: str) -> None:
        """A change of date, with a known reason and words that say more."""
        if self.new_on == self.old_on:
            raise InvalidActionError("same_date", date=shown(self.new_on))
        if reason_code not in REASON_CODES:
            raise InvalidActionError("unknown_reason", reason_code=reason_code, known=", ".join(REASON_CODES))
        if not reason.strip():
            raise InvalidActionError("no_reason")
        if len(reason) > MAX_REASON:
            raise InvalidActionError("long_reason", length=len(reason), limit=MAX_REASON)


KINDS: dict[str, type[Payload]] = {kind.kind_code: kind for kind in (ReplanMilestone,)}


def shown(date: dt.date | None) -> str:
    """A date as ISO text, «–» for none."""
    return date.isoformat() if date else "–"
