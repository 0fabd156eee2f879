"""What may be given alone: by tier, cause, day and what was paid."""

import datetime as dt
from decimal import Decimal

import pytest

from actions.policy import allowed_compensation
from lake.figures.defaults import figure_defaults


def policy(first, last, amount, share=None):
    return {
        "tier_code": "S",
        "cause_code": "delay",
        "valid_from_on": dt.date(2025, first, 1),
        "valid_to_on": None if last is None else dt.date(2025, last, 28),
        "max_amount": amount,
        "max_share": share,
        "currency_code": "CNY",
        "approver_role_code": "executive",
    }


POLICIES = [policy(1, 6, Decimal(100)), policy(6, None, Decimal(300), 0.1)]


@pytest.mark.parametrize(
    ("on", "paid", "limit"),
    [
        (dt.date(2025, 5, 1), None, 100),
        (dt.date(2025, 6, 1), None, 300),
        (dt.date(2025, 9, 1), Decimal(1000), 100),
        (dt.date(2025, 9, 1), Decimal(9000), 300),
    ],
)
def test_the_smaller_of_amount_and_share_of_the_newest_term(on, paid, limit):
    allowed = allowed_compensation(POLICIES, tier_code="S", cause_code="delay", on=on, paid_amount=paid)
    assert (allowed.limit_amount, allowed.approver_role_code) == (limit, "executive")


def test_what_the_policy_does_not_name_is_not_allowed():
    for changes in ({"tier_code": "B"}, {"cause_code": "noise"}, {"on": dt.date(2024, 12, 31)}):
        asked = {"tier_code": "S", "cause_code": "delay", "on": dt.date(2025, 9, 1)} | changes
        assert allowed_compensation(POLICIES, **asked) is None


def test_the_limits_have_defaults():
    assert {"override_limit_share", "purchase_limit_amount", "transfer_limit_amount"} <= set(
        figure_defaults()
    )
