"""What becomes of an approved action outside: it is handed to another system once, and that one answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from actions.errors import InvalidActionError
from actions.kinds.base import MAX_REASON, Payload, Step, check_words


class SendAction(Payload):
    """An approved action was handed over; the subject is the action's id, by which the receiver knows it."""

    kind_code: ClassVar[str] = "send_action"
    subject_type: ClassVar[str] = "outbound"
    can_undo: ClassVar[bool] = False

    #: Where it went: a file or an address.
    target: str

    def value(self) -> str:
        """Where it went."""
        return self.target

    def check_against(self, history: Sequence[Step], done_by: str, reason: str) -> None:
        """Once."""
        if any(isinstance(each.payload, SendAction) for each in history):
            raise InvalidActionError("sent_already")


class AnswerAction(Payload):
    """The receiver has taken it, with its own number, or refused it and says why."""

    kind_code: ClassVar[str] = "answer_action"
    subject_type: ClassVar[str] = "outbound"
    can_undo: ClassVar[bool] = False

    status: Literal["accepted", "rejected"]
    reference: str = ""
    message: str = ""

    def value(self) -> str:
        """The answer with the receiver's number."""
        return f"{self.status} {self.reference}".strip()

    def check(self, reason_code: str, reason: str) -> None:
        """A refusal says why; no essays."""
        super().check(reason_code, reason)
        if self.status == "rejected":
            check_words("message", self.message)
        for field in ("reference", "message"):
            if words := getattr(self, field):
                check_words(field, words, limit=MAX_REASON)

    def check_against(self, history: Sequence[Step], done_by: str, reason: str) -> None:
        """To something that was sent, once."""
        if not any(isinstance(each.payload, SendAction) for each in history):
            raise InvalidActionError("not_sent")
        if any(isinstance(each.payload, AnswerAction) for each in history):
            raise InvalidActionError("answered_outside")
