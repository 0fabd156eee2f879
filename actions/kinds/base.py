"""What all kinds of action share: the payload's shape, its rules, and the words that a refusal shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from actions.errors import InvalidActionError
from actions.reasons import REASON_CODES

MAX_REASON = 500
#: What one field of free words may hold, such as a comment.
MAX_WORDS = 10_000


@dataclass(frozen=True)
class Step:
    """An earlier action of the same subject, as far as a kind's rules look at it."""

    action_id: str
    payload: Payload
    done_by: str
    done_at: dt.datetime
    undoes_action_id: str | None = None
    reason_code: str = ""


class Payload(BaseModel):
    """What a kind of action carries beside who, when and why.

    A subject is what two people can't both change at once: a milestone's date is one, its progress another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind_code: ClassVar[str]
    subject_type: ClassVar[str]
    #: Whether the person must choose a reason from the vocabulary and say it in words.
    needs_reason: ClassVar[bool] = False
    #: Whether it may be taken back; a step of an alert's life is followed by another step instead.
    can_undo: ClassVar[bool] = True

    def subject_types(self) -> tuple[str, ...]:
        """The types of subject this may be said of."""
        return (self.subject_type,)

    def value(self) -> str:
        """The new value in words that a conflict message can show."""
        raise NotImplementedError

    def reversed(self) -> Payload:
        """The payload that takes this one back; where the event alone says so, the same."""
        return self

    def check(self, reason_code: str, reason: str) -> None:
        """Refuse what the kind does not allow (InvalidActionError)."""
        if self.needs_reason:
            check_reason(reason_code, reason)
        if len(reason) > MAX_REASON:
            raise InvalidActionError("long_reason", length=len(reason), limit=MAX_REASON)

    def check_against(self, history: Sequence[Step], done_by: str, reason: str) -> None:
        """Refuse what does not fit the subject's actions so far, oldest first (InvalidActionError)."""


def check_reason(reason_code: str, reason: str) -> None:
    """A known reason, and words that say more."""
    if not reason_code:
        raise InvalidActionError("no_reason_code")
    if reason_code not in REASON_CODES:
        raise InvalidActionError("unknown_reason", reason_code=reason_code, known=", ".join(REASON_CODES))
    if not reason.strip():
        raise InvalidActionError("no_reason")


def check_words(field: str, words: str, *, limit: int = MAX_WORDS) -> None:
    """Words are there, and not too many."""
    if not words.strip():
        raise InvalidActionError("no_words", field=field)
    if len(words) > limit:
        raise InvalidActionError("long_words", field=field, length=len(words), limit=limit)


def check_positive(field: str, number: Decimal | None) -> None:
    """A number above zero that is one."""
    if number is None or not number.is_finite() or number <= 0:
        raise InvalidActionError("not_positive", field=field, value=shown(number))


def effective(history: Sequence[Step]) -> list[Step]:
    """The steps that hold: without those taken back, with those whose taking back was itself taken back."""
    by_id = {each.action_id: each for each in history}
    holds: dict[str, bool] = {}
    for each in history:
        base, flips = each, 0
        while base.undoes_action_id is not None and base.undoes_action_id in by_id:
            base, flips = by_id[base.undoes_action_id], flips + 1
        holds[base.action_id] = flips % 2 == 0
    return [each for each in history if holds.get(each.action_id, False)]


def same_person(one: str, other: str) -> bool:
    """Whether two names stand for one person; capitals and spaces don't make another."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def shown(value: dt.date | Decimal | str | None) -> str:
    """A date as ISO text, a number without needless zeros, «–» for none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value.is_finite() else str(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)
