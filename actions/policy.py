"""How far a person goes alone: compensation by the policy, the rest by the limits of the company."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: Names in seed figure_default, which a company may set otherwise.
OVERRIDE_LIMIT, PURCHASE_LIMIT, TRANSFER_LIMIT = (
    "override_limit_share",
    "purchase_limit_amount",
    "transfer_limit_amount",
)


@dataclass(frozen=True)
class Allowance:
    """What may be given without asking anyone, and who is asked beyond."""

    limit_amount: Decimal
    currency_code: str
    approver_role_code: str | None


def allowed_compensation(
    policies: Iterable[Mapping[str, Any]],
    *,
    tier_code: str,
    cause_code: str,
    on: dt.date,
    paid_amount: Decimal | None = None,
) -> Allowance | None:
    """What the policy allows for a tier and cause on a day; None where it names nothing.

    `policies` are rows of marts.dim_compensation_policy. Of two terms that overlap the one that began last
    counts; with both an amount and a share of what was paid the smaller one; a share of nothing known allows
    no more than the amount.
    """
    valid = [
        row
        for row in policies
        if row["tier_code"] == tier_code
        and row["cause_code"] == cause_code
        and row["valid_from_on"] <= on
        and (row["valid_to_on"] is None or on <= row["valid_to_on"])
    ]
    if not valid:
        return None
    row = max(valid, key=lambda each: each["valid_from_on"])
    limits = [Decimal(str(row["max_amount"]))] if row["max_amount"] is not None else []
    if row["max_share"] is not None and paid_amount is not None:
        limits.append(Decimal(str(row["max_share"])) * paid_amount)
    limit = min(limits, default=Decimal(0)).quantize(Decimal("0.01"))
    return Allowance(limit, row["currency_code"], row["approver_role_code"])
