"""The portrait of customers in five dimensions, counted a second time."""

import datetime as dt
from collections.abc import Callable

import pytest

from tests.support.customer_figures import YEAR_AGO, percent, percentile, same
from tests.support.figure_day import UNTIL
from tests.support.warehouse import Warehouse


def test_satisfied_customers(built: Warehouse, ratings: list[tuple[str, dt.date, int]]) -> None:
    stars: dict[str, list[int]] = {}
    for customer, _, given in ratings:
        stars.setdefault(customer, []).append(given)
    expected = {
        customer: (sum(given) / len(given), sum(one >= 4 for one in given) / len(given))
        for customer, given in stars.items()
    }
    same(
        built.rows(
            "select customer_id, mean_rating, csat_share from marts.mart_customer_portrait"
            " where rating_count > 0"
        ),
        expected,
    )


def test_the_portrait_has_five_dimensions_with_trend_and_peers(
    built: Warehouse, standing: Callable[[dt.date], dict[str, dict]]
) -> None:
    present, earlier = standing(UNTIL), standing(YEAR_AGO)
    expected: dict[str, tuple] = {}
    for customer, own in present.items():
        then = earlier[customer]
        industry = [one for one in present.values() if one["industry"] == own["industry"]]
        values = {
            "industry": (
                percent(own["last"], sum(one["last"] for one in industry)),
                percent(own["before"], sum(one["before"] for one in industry)),
            ),
            "depth": (own["depth"], then["depth"]),
            "order_amount": (own["all"], then["all"]),
            "payment": (own["grade"], then["grade"]),
            "satisfaction": (own["stars"], then["stars"]),
        }
        for code, (value, before) in values.items():
            trend = None if value is None or before is None else value - before
            if code == "order_amount":
                trend = own["last"] - own["before"]
            expected[f"{customer}/{code}"] = (value, trend)
    found = built.rows(
        "select customer_dimension_id, dimension_value, trend_value from marts.mart_customer_dimension"
    )
    same(found, expected)


def test_nearly_every_dimension_has_a_value(built: Warehouse) -> None:
    # Customers of golden cases that never ordered are left out: they are here to be rated, not to be sold to.
    [(share, count)] = built.rows(
        "select avg((dimension_value + trend_value + peer_share is not null)::int), count(*)"
        " from marts.mart_customer_dimension where customer_id in (select customer_id from marts.fct_order)"
    )
    assert share >= 0.95
    assert count > 50


def test_peers_are_those_of_the_segment(built: Warehouse) -> None:
    rows = built.rows(
        "select segment_code, dimension_code, customer_id, dimension_value, peer_share"
        " from marts.mart_customer_dimension where dimension_value is not null"
    )
    for segment, code, customer, value, share in rows:
        peers = [float(row[3]) for row in rows if row[:2] == (segment, code)]
        direction = -1 if code == "payment" else 1
        expected = percentile(direction * float(value), [direction * one for one in peers])
        assert float(share) == pytest.approx(expected, abs=1e-6), (customer, code)
