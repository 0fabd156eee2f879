"""What people do for a customer: a care plan with contact, cause and compensation, and a visit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Literal

from actions.errors import InvalidActionError
from actions.kinds.approvals import Proposal
from actions.kinds.base import Payload, Step, check_words, shown

#: Causes as the compensation policy knows them.
CARE_CAUSES = ("delay", "quality", "noise", "service", "billing", "safety", "other")
CareCause = Literal["delay", "quality", "noise", "service", "billing", "safety", "other"]


class PlanCare(Proposal):
    """What was done for a customer after an alert: when they were reached, what was wrong, what they get.

    A step of the alert's own item. `limit_amount` is what the policy allows for tier and cause on that day
    (None: the policy names nothing, so that any compensation needs approval).
    """

    kind_code: ClassVar[str] = "plan_care"
    subject_type: ClassVar[str] = "item"

    customer_id: str
    contacted_on: dt.date
    cause_code: CareCause
    cause: str
    compensation_amount: Decimal
    currency_code: str | None = None
    limit_amount: Decimal | None = None

    def needs_approval(self) -> bool:
        """More than the policy allows."""
        return self.compensation_amount > (self.limit_amount or Decimal(0))

    def value(self) -> str:
        """Contact and compensation."""
        amount = f"{shown(self.compensation_amount)} {self.currency_code or ''}".strip()
        return f"{shown(self.contacted_on)}, {amount}"

    def check(self, reason_code: str, reason: str) -> None:
        """The cause in words; an amount that is one, zero when nothing is paid."""
        super().check(reason_code, reason)
        check_words("cause", self.cause)
        if not self.compensation_amount.is_finite() or self.compensation_amount < 0:
            raise InvalidActionError("negative_quantity", value=shown(self.compensation_amount))
        if self.compensation_amount and not self.currency_code:
            raise InvalidActionError("no_currency")

    def check_against(self, history: Sequence[Step], done_by: str, reason: str) -> None:
        """There is an open item to plan for."""
        from actions.items import check_step

        check_step(history, self)


class ScheduleVisit(Payload):
    """A service visit: where, when, by whom, for what."""

    kind_code: ClassVar[str] = "schedule_visit"
    subject_type: ClassVar[str] = "visit"

    device_id: str | None = None
    site_id: str | None = None
    customer_id: str | None = None
    visit_on: dt.date
    engineer_id: str | None = None
    task: str

    def value(self) -> str:
        """The day."""
        return shown(self.visit_on)

    def check(self, reason_code: str, reason: str) -> None:
        """A place to go and something to do there."""
        super().check(reason_code, reason)
        check_words("task", self.task)
        if not (self.device_id or self.site_id or self.customer_id):
            raise InvalidActionError("no_words", field="site")
