"""The state of alert items, from their events alone: pure, and defined for any stream of events.

An event that does not fit is kept in `Item.ignored`, never dropped; the store refuses it before it is
written, so one can only come from elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from actions.errors import InvalidActionError
from actions.kinds.approvals import Approve, Reject, approval_of
from actions.kinds.base import Payload, Step, effective
from actions.kinds.items import (
    AcknowledgeItem,
    AssignItem,
    ClearItem,
    CloseItem,
    DismissItem,
    EscalateItem,
    OpenItem,
    ReopenItem,
    VerifyItem,
)
from actions.kinds.service import PlanCare
from actions.records import Action, step_of

OPEN, ESCALATED, ACKNOWLEDGED, DONE = "open", "escalated", "acknowledged", "done"
VERIFIED, DISMISSED, CLEARED = "verified", "dismissed", "cleared"
STATES = (OPEN, ESCALATED, ACKNOWLEDGED, DONE, VERIFIED, DISMISSED, CLEARED)
_AT_WORK = frozenset({OPEN, ESCALATED, ACKNOWLEDGED})

#: For each step the states it may be taken in, and the state it leads to (None: the same).
TRANSITIONS: dict[type[Payload], tuple[frozenset[str], str | None]] = {
    AcknowledgeItem: (frozenset({OPEN, ESCALATED}), ACKNOWLEDGED),
    AssignItem: (_AT_WORK, None),
    EscalateItem: (frozenset({OPEN}), ESCALATED),
    PlanCare: (_AT_WORK, None),
    Approve: (_AT_WORK, None),
    Reject: (_AT_WORK, None),
    CloseItem: (_AT_WORK, DONE),
    VerifyItem: (frozenset({DONE}), VERIFIED),
    ReopenItem: (frozenset({DONE}), ACKNOWLEDGED),
    DismissItem: (_AT_WORK | {DONE}, DISMISSED),
    ClearItem: (_AT_WORK, CLEARED),
}


@dataclass(frozen=True)
class Item:
    """One alert from its opening to its end; `item_id` is the id of the opening event."""

    item_id: str
    chain_id: str
    opening: OpenItem
    opened_at: dt.datetime
    state_code: str = OPEN
    owner_id: str | None = None
    due_on: dt.date | None = None
    acknowledged_at: dt.datetime | None = None
    acknowledged_by: str | None = None
    escalated_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    dismissed_until_on: dt.date | None = None
    steps: tuple[Step, ...] = field(default=(), repr=False)
    ignored: tuple[Step, ...] = field(default=(), repr=False)

    @property
    def is_open(self) -> bool:
        """Whether someone has something to do still: what is done may wait for its verification."""
        return self.state_code in _AT_WORK or (
            self.state_code == DONE and "verification" in self.opening.needs
        )


def chain_of(rule_id: str, about_id: str) -> str:
    """The store's subject id for a rule's items about one thing."""
    return f"{rule_id}|{about_id}"


def fold(steps: Sequence[Step]) -> list[Item]:
    """The items of one chain in the order they opened; at most the last one is open.

    A second opening while one is open, and steps before any opening or out of turn, change nothing and are
    kept in `ignored` (before any opening: of the first item). The same event twice is one event.
    """
    items: list[Item] = []
    early: list[Step] = []
    once: dict[str, Step] = {}
    for step in steps:
        once.setdefault(step.action_id, step)
    for step in effective(list(once.values())):
        last = items[-1] if items else None
        if isinstance(step.payload, OpenItem) and (last is None or not last.is_open):
            items.append(_opened(step, step.payload))
        elif last is None:
            early.append(step)
        elif _fits(last, step.payload):
            items[-1] = _moved(last, step)
        else:
            items[-1] = replace(last, ignored=(*last.ignored, step))
    if items and early:
        items[0] = replace(items[0], ignored=(*early, *items[0].ignored))
    return items


def _opened(step: Step, payload: OpenItem) -> Item:
    chain = chain_of(payload.rule_id, payload.about_id)
    return Item(
        item_id=step.action_id,
        chain_id=chain,
        opening=payload,
        opened_at=step.done_at,
        owner_id=payload.owner_id,
        due_on=payload.due_on,
        steps=(step,),
    )


def _moved(item: Item, step: Step) -> Item:
    payload = step.payload
    target = TRANSITIONS[type(payload)][1]
    item = replace(item, steps=(*item.steps, step), state_code=target or item.state_code)
    if isinstance(payload, AcknowledgeItem) and item.acknowledged_at is None:
        item = replace(item, acknowledged_at=step.done_at, acknowledged_by=step.done_by)
    elif isinstance(payload, AssignItem):
        item = replace(item, owner_id=payload.owner_id, due_on=payload.due_on or item.due_on)
    elif isinstance(payload, EscalateItem):
        item = replace(item, escalated_at=step.done_at)
    elif isinstance(payload, DismissItem):
        item = replace(item, dismissed_until_on=payload.until_on)
    return replace(item, closed_at=None if item.is_open else step.done_at)


def _fits(item: Item, payload: Payload) -> bool:
    allowed = TRANSITIONS.get(type(payload))
    if allowed is None or not item.is_open or item.state_code not in allowed[0]:
        return False
    return not isinstance(payload, CloseItem) or not missing_for_close(item, payload)


def missing_for_close(item: Item, payload: CloseItem) -> list[str]:
    """What the rule asks for and the closing lacks: of cause, action, care_plan, approval."""
    needs = item.opening.needs
    missing = [name for name in ("cause", "action") if name in needs and not getattr(payload, name).strip()]
    approval = approval_of(item.steps)
    if "care_plan" in needs and approval == "none":
        missing.append("care_plan")
    if approval in ("waiting", "rejected"):
        missing.append("approval")
    return missing


def check_step(history: Sequence[Step], payload: Payload) -> None:
    """Refuse a step that the newest item of this chain can't take (InvalidActionError)."""
    items = fold(history)
    last = items[-1] if items else None
    is_open = last is not None and last.is_open
    if isinstance(payload, OpenItem):
        if is_open:
            raise InvalidActionError("item_open_already", item_id=last.item_id)  # type: ignore[union-attr]
        return
    if last is None or not is_open:
        raise InvalidActionError("no_open_item")
    if isinstance(payload, CloseItem) and (missing := missing_for_close(last, payload)):
        raise InvalidActionError("cannot_close", missing=", ".join(missing))
    if not _fits(last, payload):
        raise InvalidActionError("not_in_this_state", step=payload.kind_code, state=last.state_code)


@dataclass(frozen=True)
class ItemBook:
    """All items of a store at one moment."""

    chains: Mapping[str, tuple[Item, ...]]
    #: How many events each chain has: the version that a further one expects.
    versions: Mapping[str, int]

    @classmethod
    def of(cls, steps_by_chain: Mapping[str, Sequence[Step]]) -> ItemBook:
        """The book of these chains."""
        return cls(
            {chain: tuple(fold(steps)) for chain, steps in steps_by_chain.items()},
            {chain: len(steps) for chain, steps in steps_by_chain.items()},
        )

    @classmethod
    def of_actions(cls, actions: Iterable[Action]) -> ItemBook:
        """The book of a store's actions, in the order they were stored; other subjects are left out."""
        chains: dict[str, list[Step]] = defaultdict(list)
        for action in actions:
            if action.subject_type == OpenItem.subject_type:
                chains[action.subject_id].append(step_of(action))
        return cls.of(chains)

    def last(self, chain_id: str) -> Item | None:
        """The newest item of a chain."""
        items = self.chains.get(chain_id)
        return items[-1] if items else None

    def open_items(self) -> list[Item]:
        """The open items, by chain id."""
        newest = (items[-1] for _, items in sorted(self.chains.items()) if items)
        return [item for item in newest if item.is_open]

    def all_items(self) -> list[Item]:
        """Every item, in the order of chain id and opening."""
        return [item for _, items in sorted(self.chains.items()) for item in items]
