"""Approved actions on their way to the systems that carry them out: which wait, were sent, were answered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from actions.kinds.approvals import Approve, Proposal, approval_of
from actions.kinds.base import Step, effective
from actions.kinds.exchange import AnswerAction, SendAction
from actions.kinds.service import PlanCare
from actions.kinds.supply import AcceptAlternative, ProposePurchase, ProposeTransfer
from actions.records import Action, step_of

#: What other systems carry out; a forecast's override changes nothing outside.
SENT_KINDS = (ProposePurchase, ProposeTransfer, AcceptAlternative, PlanCare)
#: Without an answer for so long, somebody has to ask.
ANSWER_WITHIN = dt.timedelta(hours=24)
MESSAGE_VERSION = 1
State = Literal["queued", "sent", "accepted", "rejected"]


@dataclass(frozen=True)
class Outbound:
    """One action for outside; times are naive UTC. `is_withdrawn`: sent, then taken back or replaced."""

    action: Action
    approved_by: str | None
    approved_at: dt.datetime
    state_code: State = "queued"
    sent_at: dt.datetime | None = None
    target: str = ""
    answered_at: dt.datetime | None = None
    reference: str = ""
    message: str = ""
    is_withdrawn: bool = False

    def is_overdue(self, now: dt.datetime) -> bool:
        """Sent, and not answered within a day."""
        return self.state_code == "sent" and self.sent_at is not None and now - self.sent_at > ANSWER_WITHIN


def queue(actions: Iterable[Action]) -> list[Outbound]:
    """All that is approved or was sent, in the order it was decided; of a subject its newest proposal."""
    by_subject: dict[tuple[str, str], list[Action]] = defaultdict(list)
    outside: dict[str, list[Action]] = defaultdict(list)
    for each in actions:
        if each.subject_type == SendAction.subject_type:
            outside[each.subject_id].append(each)
        else:
            by_subject[each.subject_type, each.subject_id].append(each)
    found: list[Outbound] = []
    for history in by_subject.values():
        approved = _approved(history)
        if approved is not None:
            found.append(_with_answer(approved, outside.get(approved.action.action_id, [])))
        standing = approved.action.action_id if approved else ""
        withdrawn = [each for each in history if each.action_id in outside and each.action_id != standing]
        for each in withdrawn:
            sent = _with_answer(Outbound(each, None, each.done_at), outside[each.action_id])
            found.append(replace(sent, is_withdrawn=True))
    return sorted(found, key=lambda each: each.action.sequence_no)


def message_of(outbound: Outbound) -> dict[str, Any]:
    """What the receiver reads: one JSON object, known by `id`; it may come again and is then the same."""
    action = outbound.action
    return {
        "version": MESSAGE_VERSION,
        "id": action.action_id,
        "kind": action.kind_code,
        "subject": action.subject_id,
        "decided_by": action.done_by,
        "decided_at": _told(action.done_at),
        "approved_by": outbound.approved_by,
        "approved_at": _told(outbound.approved_at),
        "reason": action.reason,
        "payload": action.payload.model_dump(mode="json"),
    }


def _told(at: dt.datetime) -> str:
    return f"{at.isoformat(timespec='seconds')}Z"


def _approved(history: list[Action]) -> Outbound | None:
    """The newest proposal of a subject, where it may be carried out."""
    steps = [step_of(each) for each in history]
    holding = effective(steps)
    if approval_of(steps) not in ("approved", "not_needed"):
        return None
    newest = [each for each in holding if isinstance(each.payload, Proposal)][-1]
    if not isinstance(newest.payload, SENT_KINDS) or not _is_outside(newest):
        return None
    action = next(each for each in history if each.action_id == newest.action_id)
    yes = next(
        (
            each
            for each in holding
            if isinstance(each.payload, Approve) and each.payload.answers_action_id == newest.action_id
        ),
        None,
    )
    return Outbound(action, yes.done_by if yes else None, yes.done_at if yes else newest.done_at)


def _is_outside(step: Step) -> bool:
    """A plan without compensation pays nothing; taking a choice back is none itself."""
    if step.undoes_action_id is not None:
        return False
    return not isinstance(step.payload, PlanCare) or step.payload.compensation_amount > 0


def _with_answer(outbound: Outbound, events: list[Action]) -> Outbound:
    for each in events:
        payload = each.payload
        if isinstance(payload, SendAction):
            outbound = replace(outbound, state_code="sent", sent_at=each.done_at, target=payload.target)
        elif isinstance(payload, AnswerAction):
            outbound = replace(
                outbound,
                state_code=payload.status,
                answered_at=each.done_at,
                reference=payload.reference,
                message=payload.message,
            )
    return outbound
