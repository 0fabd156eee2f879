"""A planner's word against the model: what a product will sell where and when, why, and until when."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from actions.errors import InvalidActionError
from actions.kinds.approvals import Proposal
from actions.kinds.base import shown


def forecast_subject(product_id: str, region_code: str | None, period_on: dt.date) -> str:
    """The subject of a forecast: one product, one region (none: all) and one month."""
    return f"{product_id}|{region_code or '*'}|{period_on.isoformat()}"


class OverrideForecast(Proposal):
    """Another quantity than the model's, or a factor on it, until `expires_on` (the last day it counts).

    `model_quantity` is the model's figure that the planner saw; `limit_share` the change above which
    another person must approve.
    """

    kind_code: ClassVar[str] = "override_forecast"
    subject_type: ClassVar[str] = "forecast"
    needs_reason: ClassVar[bool] = True

    product_id: str
    region_code: str | None
    period_on: dt.date
    model_quantity: Decimal
    quantity: Decimal | None = None
    factor: Decimal | None = None
    expires_on: dt.date
    limit_share: Decimal

    @property
    def new_quantity(self) -> Decimal:
        """What the planner expects; a factor counts on the model's figure that was seen."""
        if self.quantity is not None:
            return self.quantity
        assert self.factor is not None
        return self.model_quantity * self.factor

    @property
    def change_share(self) -> Decimal | None:
        """The change against the model, as a share of the model's figure; None where that is zero."""
        if not self.model_quantity:
            return None
        return (self.new_quantity - self.model_quantity) / self.model_quantity

    def needs_approval(self) -> bool:
        """A change beyond the limit, or any quantity where the model says nothing at all."""
        if self.change_share is None:
            return bool(self.new_quantity)
        return abs(self.change_share) > self.limit_share

    def value(self) -> str:
        """The quantity."""
        return shown(self.new_quantity)

    def check(self, reason_code: str, reason: str) -> None:
        """A quantity or a factor, finite and not negative, for a whole month, with an end."""
        super().check(reason_code, reason)
        if (self.quantity is None) == (self.factor is None):
            raise InvalidActionError("quantity_or_factor")
        for number in (self.quantity, self.factor, self.model_quantity, self.limit_share):
            if number is not None and (not number.is_finite() or number < 0):
                raise InvalidActionError("negative_quantity", value=shown(number))
        if self.period_on.day != 1:
            raise InvalidActionError("not_a_month", date=shown(self.period_on))
