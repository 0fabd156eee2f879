"""The life of an alert's item, step by step. Its subject is the rule with the thing it is about.

So a rule can't have two open items for one thing: both would be the same version of the same subject.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from actions.kinds.base import Payload, Step, check_reason, check_words, shown

#: What a rule may ask for before its item is closed.
Need = Literal["cause", "action", "verification", "care_plan"]
Severity = Literal["high", "medium", "low"]


class ItemStep(Payload):
    """A step that must fit the state its item is in."""

    subject_type: ClassVar[str] = "item"

    def value(self) -> str:
        """The step itself."""
        return self.kind_code

    def check_against(self, history: Sequence[Step], done_by: str, reason: str) -> None:
        """Refuse a step that the item's state does not allow."""
        from actions.items import check_step

        check_step(history, self)


class OpenItem(ItemStep):
    """An alert opens: what is wrong with which thing, since when, what is at risk, who shall see to it.

    Everything the item's life needs is written here, so that a rule changed later changes no item. Days are
    business dates. `occurrence_key` tells this occasion from the next one of the same thing; `cause_key` is
    shared by items of other rules with the same root; `told` says what is wrong, in both languages.
    """

    kind_code: ClassVar[str] = "open_item"
    can_undo: ClassVar[bool] = False

    rule_id: str
    rule_version: int
    about_type: str
    about_id: str
    occurrence_key: str
    cause_key: str
    told: dict[Literal["zh", "en"], str]
    severity_code: Severity
    owner_role_code: str
    owner_id: str | None = None
    opened_on: dt.date
    due_on: dt.date
    value_at_risk_amount: Decimal | None = None
    currency_code: str | None = None
    escalate_after_hours: int | None = None
    escalate_role_code: str | None = None
    escalate_to_id: str | None = None
    needs: tuple[Need, ...] = ()
    evidence: dict[str, Any] = Field(default_factory=dict)

    def value(self) -> str:
        """What is wrong."""
        return self.told.get("en", self.rule_id)


class AcknowledgeItem(ItemStep):
    """Someone has seen it and takes it on; the clock of escalation stops."""

    kind_code: ClassVar[str] = "acknowledge_item"


class AssignItem(ItemStep):
    """Someone else shall see to it, by another day if one is named."""

    kind_code: ClassVar[str] = "assign_item"

    owner_id: str
    due_on: dt.date | None = None

    def value(self) -> str:
        """The new owner."""
        return self.owner_id

    def check(self, reason_code: str, reason: str) -> None:
        """A person is named."""
        super().check(reason_code, reason)
        check_words("owner", self.owner_id)


class EscalateItem(ItemStep):
    """Nobody acknowledged in time: the next person is told."""

    kind_code: ClassVar[str] = "escalate_item"
    can_undo: ClassVar[bool] = False

    to_role_code: str
    to_id: str | None = None

    def value(self) -> str:
        """Who was told."""
        return self.to_id or self.to_role_code


class CloseItem(ItemStep):
    """It is done: why it happened and what was done. The rule may ask for verification after it."""

    kind_code: ClassVar[str] = "close_item"

    cause: str = ""
    action: str = ""

    def value(self) -> str:
        """What was done."""
        return shown(self.action)


class VerifyItem(ItemStep):
    """What was done has worked, and how one knows."""

    kind_code: ClassVar[str] = "verify_item"

    result: str

    def value(self) -> str:
        """How one knows."""
        return self.result

    def check(self, reason_code: str, reason: str) -> None:
        """The result in words."""
        super().check(reason_code, reason)
        check_words("result", self.result)


class ReopenItem(ItemStep):
    """What was done has not worked: back to work."""

    kind_code: ClassVar[str] = "reopen_item"

    def check(self, reason_code: str, reason: str) -> None:
        """Why it has not."""
        super().check(reason_code, reason)
        check_words("reason", reason)


class DismissItem(ItemStep):
    """Nothing will be done, and why; until a day, after which the rule may speak again, or for good."""

    kind_code: ClassVar[str] = "dismiss_item"

    until_on: dt.date | None = None

    def value(self) -> str:
        """Until when."""
        return f"dismiss, {shown(self.until_on)}"

    def check(self, reason_code: str, reason: str) -> None:
        """A reason of the vocabulary, and words."""
        super().check(reason_code, reason)
        check_reason(reason_code, reason)


class ClearItem(ItemStep):
    """The condition is gone and the rule says that this is enough; never said by a person."""

    kind_code: ClassVar[str] = "clear_item"
    can_undo: ClassVar[bool] = False

    cleared_on: dt.date
    why: str = "condition_gone"

    def value(self) -> str:
        """Since when."""
        return shown(self.cleared_on)
