"""Tiers of customers and their reasons, counted a second time."""

import datetime as dt
from collections.abc import Callable

from sandbox.company import Simulation
from tests.support.customer_figures import half_up, percentile, same
from tests.support.figure_day import UNTIL
from tests.support.warehouse import Warehouse


def test_tiers_follow_the_score_within_the_segment(
    built: Warehouse, world: Simulation, standing: Callable[[dt.date], dict[str, dict]]
) -> None:
    state = standing(UNTIL)
    weights = {"order_amount": 30, "depth": 20, "payment": 20, "satisfaction": 15, "growth": 15}
    scores = {}
    for customer, own in state.items():
        peers = [one for one in state.values() if one["segment"] == own["segment"]]
        points = {
            part: percentile(part_of(own, part), [part_of(one, part) for one in peers]) for part in weights
        }
        known = {part: half_up(100 * value, 2) for part, value in points.items() if value is not None}
        scores[customer] = half_up(
            sum(weights[part] * value for part, value in known.items())
            / sum(weights[part] for part in known),
            2,
        )
    expected = {}
    for customer, own in state.items():
        place = percentile(
            scores[customer],
            [scores[one] for one, other in state.items() if other["segment"] == own["segment"]],
        )
        assert place is not None
        tier = "S" if own["strategic"] or place >= 0.95 else "A" if place >= 0.75 else "B"
        expected[customer] = (scores[customer], tier)
    found = built.rows("select customer_id, tier_score, tier_code from marts.mart_customer_portrait")
    same(found, expected)
    golden = {
        row["item"]: row["value"]
        for row in world.truth["golden"].iter_rows(named=True)
        if row["case_code"] == "G1"
    }
    assert expected[golden["customer_id"]][1] == golden["tier_code"] == "S"
    assert {tier for _, tier in expected.values()} >= {"A", "B"}


def test_every_tier_has_three_reasons_and_one_current_row(
    built: Warehouse, customers: dict[str, dict]
) -> None:
    reasons = built.rows(
        "select tier_reason_1_code, tier_reason_2_code, tier_reason_3_code from marts.mart_customer_portrait"
    )
    assert all(None not in row and len(set(row)) == 3 for row in reasons)
    current = built.rows("select customer_id from marts.dim_customer_tier where is_current")
    assert sorted(customer for (customer,) in current) == sorted(customers)


def part_of(state: dict, part: str) -> float | None:
    """What a part of the tier's score compares."""
    if part == "order_amount":
        return round(state["last"] + state["before"], 2)
    if part == "payment":
        return None if state["grade"] is None else -state["grade"]
    if part == "growth":
        both = state["last"] + state["before"]
        return round((state["last"] - state["before"]) / both, 6) if both else None
    return state["depth" if part == "depth" else "stars"]
