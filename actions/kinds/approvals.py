"""A second person's word on what someone proposed above a limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from actions.errors import InvalidActionError
from actions.kinds.base import Payload, Step, effective, same_person


class Proposal(Payload):
    """What may need a second person: an override, a purchase, a transfer, an alternative, compensation.

    The limit is written into the event, so that a limit changed later decides nothing that was decided.
    """

    def needs_approval(self) -> bool:
        """Whether it lies above the limit that it carries."""
        raise NotImplementedError


class _Answer(Payload):
    """The answer to the newest proposal of a subject; it names the one that was read."""

    subject_type: ClassVar[str] = "proposal"

    answers_action_id: str

    def subject_types(self) -> tuple[str, ...]:
        """Whatever can be proposed."""
        return ("forecast", "proposal", "alternative", "item")

    def check_against(self, history: Sequence[Step], done_by: str, reason: str) -> None:
        """By another person, on the proposal that stands, once."""
        holding = effective(history)
        proposals = [each for each in holding if isinstance(each.payload, Proposal)]
        if not proposals or proposals[-1].action_id != self.answers_action_id:
            raise InvalidActionError("not_the_proposal", action_id=self.answers_action_id)
        if same_person(proposals[-1].done_by, done_by):
            raise InvalidActionError("own_approval", name=done_by)
        if any(
            isinstance(each.payload, _Answer) and each.payload.answers_action_id == self.answers_action_id
            for each in holding
        ):
            raise InvalidActionError("answered_already", action_id=self.answers_action_id)


class Approve(_Answer):
    """Yes, by another person than the author."""

    kind_code: ClassVar[str] = "approve"

    def value(self) -> str:
        """What was answered."""
        return f"approve {self.answers_action_id}"


class Reject(_Answer):
    """No, with the reason in words."""

    kind_code: ClassVar[str] = "reject"

    def value(self) -> str:
        """What was answered."""
        return f"reject {self.answers_action_id}"

    def check(self, reason_code: str, reason: str) -> None:
        """A refusal says why."""
        super().check(reason_code, reason)
        if not reason.strip():
            raise InvalidActionError("no_reason")


def approval_of(history: Sequence[Step]) -> str:
    """How the newest proposal stands: none, not_needed, waiting, approved or rejected."""
    holding = effective(history)
    proposals = [each for each in holding if isinstance(each.payload, Proposal)]
    if not proposals:
        return "none"
    for each in holding:
        if isinstance(each.payload, _Answer) and each.payload.answers_action_id == proposals[-1].action_id:
            return "approved" if isinstance(each.payload, Approve) else "rejected"
    payload = proposals[-1].payload
    assert isinstance(payload, Proposal)
    return "waiting" if payload.needs_approval() else "not_needed"
