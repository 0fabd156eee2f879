"""What happens in the world has causes that the data show."""

from __future__ import annotations

import duckdb
import pytest


def one(con: duckdb.DuckDBPyConnection, query: str) -> tuple:
    """The single row of a query."""
    row = con.execute(query).fetchone()
    assert row is not None
    return row


LATE_LINES = """
    CREATE OR REPLACE TEMP VIEW late_line AS
    SELECT purchase_order_id, line_no, lines.supplier_id, milestone_id,
           max(received_on) - any_value(promised_on) AS days_late
    FROM erp__purchase_lines lines JOIN erp__receipts USING (purchase_order_id, line_no)
    GROUP BY ALL
"""


def test_suppliers_differ_in_reliability(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(LATE_LINES)
    best, worst = one(
        con,
        "SELECT min(late), max(late) FROM (SELECT avg((days_late > 0)::INT) AS late FROM late_line"
        " GROUP BY supplier_id HAVING count(*) > 20)",
    )
    assert best < 0.25
    assert worst > 2 * best


def test_late_goods_hold_the_delivery_up(con: duckdb.DuckDBPyConnection) -> None:
    """No delivery ends before its last goods are in; some end on the very day, late, for that reason."""
    con.execute(LATE_LINES)
    too_early, held_up = one(
        con,
        """
        WITH goods AS (SELECT milestone_id, max(received_on) AS last_on FROM erp__receipts
                       JOIN erp__purchase_lines USING (purchase_order_id, line_no) GROUP BY ALL)
        SELECT count(*) FILTER (finished_on < last_on),
               count(*) FILTER (finished_on = last_on AND finished_on > planned_finish_on + 3)
        FROM goods JOIN projects__milestones USING (milestone_id) WHERE finished_on IS NOT NULL
        """,
    )
    assert too_early == 0
    assert held_up > 5


def test_late_projects_lose_stars(con: duckdb.DuckDBPyConnection) -> None:
    on_time, late = one(
        con,
        """
        SELECT avg(stars) FILTER (days <= 5), avg(stars) FILTER (days > 25)
        FROM work__ratings
        JOIN work__work_orders orders USING (work_order_id)
        JOIN (SELECT project_id, max(finished_on - planned_finish_on) AS days
              FROM projects__milestones WHERE phase_code = 'ACCEPTANCE' GROUP BY ALL) ends
          ON ends.project_id = orders.project_id
        WHERE orders.milestone_id IS NOT NULL
        """,
    )
    assert on_time > late + 0.3


def test_late_work_loses_stars(con: duckdb.DuckDBPyConnection) -> None:
    on_time, late = one(
        con,
        "SELECT avg(stars) FILTER (finished_at <= due_at), avg(stars) FILTER (finished_at > due_at)"
        " FROM work__ratings JOIN work__work_orders USING (work_order_id)",
    )
    assert on_time > late


def test_schools_order_before_term(con: duckdb.DuckDBPyConnection) -> None:
    summer, other = one(
        con,
        """
        SELECT sum(quantity) FILTER (month(ordered_at) IN (7, 8)) / 2,
               sum(quantity) FILTER (month(ordered_at) NOT IN (7, 8)) / 10
        FROM erp__order_lines JOIN erp__orders USING (order_id) JOIN crm__customers USING (customer_id)
        WHERE segment_code = 'school' AND channel_code <> 'project'
        """,
    )
    assert summer > 2 * other


def test_slow_payers_are_slow_and_fall_silent(con: duckdb.DuckDBPyConnection) -> None:
    slow, fast = one(
        con,
        """
        WITH paying AS (
            SELECT customer_id, avg(paid_on - due_on) AS days_late
            FROM erp__payments JOIN erp__invoices USING (invoice_id, customer_id) GROUP BY ALL),
        ordering AS (SELECT customer_id, max(ordered_at)::DATE AS last_on FROM erp__orders GROUP BY ALL)
        SELECT avg((DATE '2025-06-30' - last_on > 180)::INT) FILTER (days_late > 25),
               avg((DATE '2025-06-30' - last_on > 180)::INT) FILTER (days_late <= 25)
        FROM paying JOIN ordering USING (customer_id)
        """,
    )
    assert slow > 1.5 * fast


@pytest.mark.parametrize("phase", ["DELIVERY", "INSTALLATION", "ACCEPTANCE"])
def test_plans_are_neither_always_kept_nor_always_broken(con: duckdb.DuckDBPyConnection, phase: str) -> None:
    (share,) = one(
        con,
        "SELECT avg((finished_on > planned_finish_on)::INT) FROM projects__milestones"
        f" WHERE phase_code = '{phase}' AND finished_on IS NOT NULL",
    )
    assert 0.3 < share < 0.98


def test_late_milestones_have_a_reasoned_date_change(con: duckdb.DuckDBPyConnection) -> None:
    late, told = one(
        con,
        """
        SELECT count(*), count(date_change_id) FROM projects__milestones
        LEFT JOIN projects__date_changes USING (milestone_id)
        WHERE finished_on - planned_finish_on > 3
        """,
    )
    assert late > 20
    assert told == late
