"""Tiers over several nights: what a night decides depends on the nights before, and on nothing else."""

import datetime as dt
from collections.abc import Callable

import pytest

from tests.support.warehouse import Warehouse

FIRST = dt.date(2025, 9, 28)
HISTORY = "select * from marts.dim_customer_tier order by customer_id, valid_from_on"


@pytest.fixture(scope="module")
def nights(make_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Ten schools of which C1 orders least and C10 most, after their first night."""
    warehouse = make_warehouse()
    warehouse.insert(
        "crm__customers",
        [
            {"customer_id": f"C{number}", "name": f"School {number}", "segment_code": "school"}
            for number in range(1, 11)
        ],
    )
    warehouse.insert("erp__orders", [_order(f"O{number}", f"C{number}") for number in range(1, 11)])
    warehouse.insert("erp__order_lines", [_line(f"O{number}", number * 1000) for number in range(1, 11)])
    _night(warehouse, FIRST)
    return warehouse


def test_a_batch_and_a_strategic_contract_over_three_nights(nights: Warehouse) -> None:
    assert _tier(nights, "C1") == _tier(nights, "C2") == "B"
    first_night = nights.rows(HISTORY)

    # C1 orders most of all now; C2 signs a strategic contract.
    nights.insert("erp__orders", [_order("O11", "C1")])
    nights.insert("erp__order_lines", [_line("O11", 99_000)])
    contract = {"contract_id": "K1", "customer_id": "C2", "kind_code": "strategic", "status_code": "signed"}
    nights.insert("crm__contracts", [contract | {"signed_on": "2025-09-29", "contract_amount": 1}])
    _night(nights, FIRST + dt.timedelta(days=1))
    assert _tier(nights, "C1") == "B"
    assert _tier(nights, "C2") == "S"

    # The same night once more decides the same: it is no second night in a row.
    second_night = nights.rows(HISTORY)
    _night(nights, FIRST + dt.timedelta(days=1), "--full-refresh")
    assert nights.rows(HISTORY) == second_night
    assert [row for row in second_night if row[1] not in ("C1", "C2")] == [
        row for row in first_night if row[1] not in ("C1", "C2")
    ]

    _night(nights, FIRST + dt.timedelta(days=2))
    assert _tier(nights, "C1") == "S"
    assert nights.rows(
        "select tier_code, valid_from_on, valid_to_on from marts.dim_customer_tier"
        " where customer_id = 'C1' order by valid_from_on"
    ) == [("B", FIRST, FIRST + dt.timedelta(days=2)), ("S", FIRST + dt.timedelta(days=2), None)]


def test_a_customer_merged_into_another_takes_its_orders_along_and_has_no_tier(nights: Warehouse) -> None:
    before = nights.rows("select order_id from marts.fct_order where customer_id = 'C9' order by 1")
    nights.replace(
        "crm__customers",
        ("customer_id",),
        [{"customer_id": "C10", "name": "Twice", "segment_code": "school", "merged_into_id": "C9"}],
    )
    _night(nights, FIRST + dt.timedelta(days=3))
    assert before == [("O9",)]
    for fact in ("fct_order", "fct_order_line"):
        orders = nights.rows(f"select order_id from marts.{fact} where customer_id = 'C9' order by 1")
        assert orders == [("O10",), ("O9",)]
    current = (
        "select tier_code, valid_from_on from marts.dim_customer_tier"
        " where is_current and customer_id = 'C10'"
    )
    assert nights.rows(current) == []

    # Undone again: the order goes back to whom the source says.
    nights.replace(
        "crm__customers", ("customer_id",), [{"customer_id": "C10", "name": "Once", "segment_code": "school"}]
    )
    _night(nights, FIRST + dt.timedelta(days=4))
    for fact in ("fct_order", "fct_order_line"):
        assert nights.rows(f"select customer_id from marts.{fact} where order_id = 'O10'") == [("C10",)]
    [(_, since)] = nights.rows(current)
    assert since == FIRST + dt.timedelta(days=4)


def _night(warehouse: Warehouse, day: dt.date, *options: str) -> None:
    warehouse.as_of_on = day
    warehouse.prepare()
    warehouse.dbt("build", "--select", "+dim_customer_tier", "--exclude-resource-type", "unit_test", *options)


def _tier(warehouse: Warehouse, customer: str) -> str:
    [(tier,)] = warehouse.rows(
        f"select tier_code from marts.dim_customer_tier where customer_id = '{customer}' and is_current"
    )
    return str(tier)


def _order(order_id: str, customer_id: str) -> dict[str, object]:
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "ordered_at": "2025-03-01 10:00:00",
        "status_code": "confirmed",
    }


def _line(order_id: str, amount: int) -> dict[str, object]:
    return {"order_id": order_id, "line_no": 1, "quantity": 1, "line_amount": amount, "currency_code": "CNY"}
