"""What customers owe and how late they pay, counted a second time."""

from tests.support.customer_figures import countback, grade, open_on, ratio, receivables, same, times_90
from tests.support.figure_day import UNTIL
from tests.support.warehouse import Warehouse


def test_days_outstanding_overdue_ratio_and_collection(built: Warehouse, invoices: list[dict]) -> None:
    expected = {}
    for customer in {one["customer"] for one in invoices}:
        state = receivables([one for one in invoices if one["customer"] == customer], UNTIL)
        collected, late = state["collected"], state["overdue"]
        expected[customer] = (
            state["open"], late, ratio(late, state["open"]), times_90(state["open"], state["sold"]),
            times_90(late, state["sold"]), ratio(collected, collected + late), grade(state),
        )  # fmt: skip
    found = built.rows(
        "select customer_id, receivable_amount, overdue_amount, overdue_share, dso_days,"
        " mean_delinquent_days, collection_share, payment_grade"
        " from marts.mart_customer_portrait where invoice_count > 0"
    )
    same(found, expected)
    assert len({row[-1] for row in found}) > 1, "customers pay differently"


def test_ageing_adds_up_to_what_is_overdue(built: Warehouse, invoices: list[dict]) -> None:
    expected = {}
    for customer in {one["customer"] for one in invoices}:
        buckets = [0.0] * 4
        for one in invoices:
            days = (UNTIL - one["due_on"]).days
            if one["customer"] == customer and days > 0:
                buckets[0 if days <= 30 else 1 if days <= 60 else 2 if days <= 90 else 3] += open_on(
                    one, UNTIL
                )
        expected[customer] = tuple(buckets)
    found = built.rows(
        "select customer_id, overdue_1_30_amount, overdue_31_60_amount, overdue_61_90_amount,"
        " overdue_over_90_amount from marts.mart_customer_portrait where invoice_count > 0"
    )
    same(found, expected)


def test_countback_days(built: Warehouse, invoices: list[dict]) -> None:
    expected = {}
    for customer in {one["customer"] for one in invoices}:
        own = [one for one in invoices if one["customer"] == customer and one["issued_on"] <= UNTIL]
        expected[customer] = (countback(own, receivables(own, UNTIL)["open"]),)
    same(
        built.rows(
            "select customer_id, dso_countback_days from marts.mart_customer_portrait where invoice_count > 0"
        ),
        expected,
    )
