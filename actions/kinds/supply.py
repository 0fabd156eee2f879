"""What people decide about material: buy, move, hurry a supplier, take another option."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from actions.errors import InvalidActionError
from actions.kinds.approvals import Proposal
from actions.kinds.base import Payload, check_positive, check_words, shown


class ProposePurchase(Proposal):
    """Buy a quantity of a product for a warehouse by a date; above an amount another must approve."""

    kind_code: ClassVar[str] = "propose_purchase"
    subject_type: ClassVar[str] = "proposal"

    product_id: str
    warehouse_id: str | None
    supplier_id: str | None
    quantity: Decimal
    amount: Decimal | None
    currency_code: str | None
    order_by_on: dt.date | None
    limit_amount: Decimal | None

    def needs_approval(self) -> bool:
        """Above the limit; an unknown amount is not known to lie below."""
        return self.limit_amount is not None and (self.amount is None or self.amount > self.limit_amount)

    def value(self) -> str:
        """Quantity and product."""
        return f"{shown(self.quantity)} × {self.product_id}"

    def check(self, reason_code: str, reason: str) -> None:
        """Something is bought."""
        super().check(reason_code, reason)
        check_positive("quantity", self.quantity)


class ProposeTransfer(Proposal):
    """Move a quantity from one warehouse to another; it must not make the source short."""

    kind_code: ClassVar[str] = "propose_transfer"
    subject_type: ClassVar[str] = "proposal"

    product_id: str
    from_warehouse_id: str
    to_warehouse_id: str
    quantity: Decimal
    available_quantity: Decimal
    goods_amount: Decimal | None
    currency_code: str | None
    limit_amount: Decimal | None

    def needs_approval(self) -> bool:
        """Above the limit; an unknown amount is not known to lie below."""
        return self.limit_amount is not None and (
            self.goods_amount is None or self.goods_amount > self.limit_amount
        )

    def value(self) -> str:
        """Quantity and way."""
        return (
            f"{shown(self.quantity)} × {self.product_id}: {self.from_warehouse_id} → {self.to_warehouse_id}"
        )

    def check(self, reason_code: str, reason: str) -> None:
        """Between two places, and never more than the source can spare."""
        super().check(reason_code, reason)
        check_positive("quantity", self.quantity)
        if self.from_warehouse_id == self.to_warehouse_id:
            raise InvalidActionError("same_place", place=self.from_warehouse_id)
        if not self.available_quantity.is_finite() or self.quantity > self.available_quantity:
            raise InvalidActionError(
                "source_short", quantity=shown(self.quantity), available=shown(self.available_quantity)
            )


class ExpediteSupplier(Payload):
    """A supplier was asked to hurry: whom, by when, what they promised."""

    kind_code: ClassVar[str] = "expedite_supplier"
    subject_type: ClassVar[str] = "purchase_line"

    supplier_id: str
    asked_on: dt.date
    wanted_on: dt.date
    promised_on: dt.date | None = None

    def value(self) -> str:
        """The date that was wanted."""
        return shown(self.wanted_on)


class AcceptAlternative(Proposal):
    """Of the options against a late batch, the one that was taken, with what it gives and costs.

    The subject is the late purchase line. Above the limit, or where the cost is not known in the currency of
    the limit, another person must approve.
    """

    kind_code: ClassVar[str] = "accept_alternative"
    subject_type: ClassVar[str] = "alternative"

    option_code: str
    option: str
    days_saved: Decimal
    cost_amount: Decimal | None = None
    currency_code: str | None = None
    limit_amount: Decimal | None = None
    project_id: str | None = None
    milestone_id: str | None = None
    arrival_on: dt.date | None = None

    def needs_approval(self) -> bool:
        """Above the limit; an unknown amount is not known to lie below."""
        return self.limit_amount is not None and (
            self.cost_amount is None or self.cost_amount > self.limit_amount
        )

    def value(self) -> str:
        """The option."""
        return self.option

    def check(self, reason_code: str, reason: str) -> None:
        """The option is named, and its gain is a number."""
        super().check(reason_code, reason)
        check_words("option", self.option)
        if not self.days_saved.is_finite():
            raise InvalidActionError("not_positive", field="days_saved", value=shown(self.days_saved))
