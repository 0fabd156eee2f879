"""What happens in the world has causes: the frames show their effects, and the truth says which they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from sandbox.company import simulate

UNTIL = date(2026, 6, 30)


@pytest.fixture(scope="module")
def wide() -> Iterator[duckdb.DuckDBPyConnection]:
    """A company of two hundred customers: enough of them to see what makes them leave."""
    made = simulate(seed=5, scale=0.2, until=UNTIL)
    with duckdb.connect() as connection:
        for name, frame in (made.frames | {f"truth_{name}": one for name, one in made.truth.items()}).items():
            connection.register("frame", frame.to_arrow())
            connection.execute(f"CREATE TABLE {name} AS FROM frame")
        yield connection


def one(con: duckdb.DuckDBPyConnection, query: str) -> tuple:
    """The single row of a query."""
    row = con.execute(query).fetchone()
    assert row is not None
    return row


def rank_correlation(con: duckdb.DuckDBPyConnection, query: str) -> float:
    """Spearman's rank correlation of a query's two columns."""
    frame = con.execute(query).pl()
    assert frame.height > 30
    return float(spearmanr(*(frame[name].to_numpy() for name in frame.columns)).statistic)


def test_suppliers_are_as_late_as_their_nature(wide: duckdb.DuckDBPyConnection) -> None:
    assert (
        rank_correlation(
            wide,
            """
        WITH line AS (
            SELECT purchase_order_id, line_no, lines.supplier_id,
                   max(received_on) - any_value(promised_on) AS late
            FROM erp__purchase_lines lines JOIN erp__receipts USING (purchase_order_id, line_no) GROUP BY ALL)
        SELECT any_value(mean_days_late) AS nature, avg(late) AS seen
        FROM line JOIN truth_suppliers USING (supplier_id) GROUP BY supplier_id HAVING count(*) > 20
        """,
        )
        > 0.6
    )


def test_late_goods_hold_the_delivery_up(wide: duckdb.DuckDBPyConnection) -> None:
    """No delivery ends before its last goods are in, and those that the truth names end on that very day."""
    too_early, held_up, explained = one(
        wide,
        """
        WITH goods AS (SELECT milestone_id, max(received_on) AS last_on FROM erp__receipts
                       JOIN erp__purchase_lines USING (purchase_order_id, line_no) GROUP BY ALL),
             told AS (SELECT affected_id AS milestone_id, day_on FROM truth_causes
                      WHERE effect_code = 'milestone_delay')
        SELECT count(*) FILTER (finished_on < last_on),
               count(*) FILTER (day_on IS NOT NULL),
               count(*) FILTER (day_on = finished_on)
        FROM goods JOIN projects__milestones USING (milestone_id) LEFT JOIN told USING (milestone_id)
        WHERE finished_on IS NOT NULL
        """,
    )
    assert too_early == 0
    assert held_up == explained > 100


def test_late_goods_make_late_projects(wide: duckdb.DuckDBPyConnection) -> None:
    assert (
        rank_correlation(
            wide,
            """
        SELECT max(received_on) - any_value(lines.promised_on) AS goods,
               any_value(ends.finished_on - ends.planned_finish_on) AS project
        FROM erp__purchase_lines lines JOIN erp__receipts USING (purchase_order_id, line_no)
        JOIN projects__milestones delivery USING (milestone_id)
        JOIN projects__milestones ends ON ends.project_id = delivery.project_id AND ends.name = '竣工验收'
        WHERE ends.finished_on IS NOT NULL GROUP BY delivery.project_id
        """,
        )
        > 0.15
    )


def test_delay_and_rework_lower_ratings(wide: duckdb.DuckDBPyConnection) -> None:
    by_delay = rank_correlation(
        wide,
        """
        SELECT ends.finished_on - ends.planned_finish_on AS late, stars FROM work__ratings
        JOIN work__work_orders orders USING (work_order_id)
        JOIN projects__milestones ends ON ends.project_id = orders.project_id AND ends.name = '竣工验收'
        WHERE orders.milestone_id IS NOT NULL AND ends.finished_on IS NOT NULL
        """,
    )
    assert by_delay < -0.2
    redone, usual = one(
        wide,
        "SELECT avg(stars) FILTER (is_rework), avg(stars) FILTER (NOT is_rework)"
        " FROM work__ratings JOIN work__work_orders USING (work_order_id)",
    )
    assert redone < usual - 0.5
    lost = rank_correlation(
        wide,
        "SELECT sum(size) AS lost, any_value(stars) AS stars FROM truth_causes"
        " JOIN work__ratings ON rating_id = affected_id WHERE effect_code = 'rating' GROUP BY rating_id",
    )
    assert lost < -0.4


def test_late_work_loses_stars(wide: duckdb.DuckDBPyConnection) -> None:
    on_time, late = one(
        wide,
        "SELECT avg(stars) FILTER (finished_at <= due_at), avg(stars) FILTER (finished_at > due_at)"
        " FROM work__ratings JOIN work__work_orders USING (work_order_id)",
    )
    assert on_time > late + 0.2


def test_low_ratings_raise_churn(wide: duckdb.DuckDBPyConnection) -> None:
    """After a low rating more customers never order again than after a high one; the truth names them."""
    low, high = one(
        wide,
        """
        WITH last AS (SELECT customer_id, max(ordered_at) AS last_at FROM erp__orders GROUP BY ALL)
        SELECT avg((last_at < rated_at + INTERVAL 120 DAY)::INT) FILTER (stars <= 2),
               avg((last_at < rated_at + INTERVAL 120 DAY)::INT) FILTER (stars >= 4)
        FROM work__ratings JOIN last USING (customer_id)
        WHERE rated_at < TIMESTAMP '2025-06-30' AND customer_id NOT LIKE 'G%'
        """,
    )
    assert low > high + 0.05
    gone, ordering = one(
        wide,
        """
        SELECT count(DISTINCT affected_id), count(order_id) FROM truth_causes
        LEFT JOIN erp__orders
          ON customer_id = affected_id AND ordered_at::DATE > day_on AND project_id IS NULL
        WHERE effect_code = 'churn' AND cause_code = 'low_rating'
        """,
    )
    assert gone > 5
    assert ordering == 0


def test_slow_payers_are_slow_and_fall_silent(wide: duckdb.DuckDBPyConnection) -> None:
    assert (
        rank_correlation(
            wide,
            "SELECT any_value(pay_delay_days) AS nature, avg(paid_on - due_on) AS seen FROM erp__payments"
            " JOIN erp__invoices USING (invoice_id, customer_id) JOIN truth_customers USING (customer_id)"
            " GROUP BY customer_id",
        )
        > 0.6
    )
    slow, fast = one(
        wide,
        """
        WITH ordering AS (SELECT customer_id, max(ordered_at)::DATE AS last_on FROM erp__orders GROUP BY ALL)
        SELECT avg((DATE '2026-06-30' - last_on > 365)::INT) FILTER (pay_delay_days > 30),
               avg((DATE '2026-06-30' - last_on > 365)::INT) FILTER (pay_delay_days < 15)
        FROM truth_customers JOIN ordering USING (customer_id)
        """,
    )
    assert slow > 1.5 * fast


def test_schools_order_before_term(wide: duckdb.DuckDBPyConnection) -> None:
    before, otherwise, others = one(
        wide,
        """
        WITH demand AS (
            SELECT segment_code = 'school' AS is_school, quantity, EXISTS (
                FROM ref__school_terms WHERE kind_code = 'term' AND month(starts_on) = 9
                AND starts_on - ordered_at::DATE BETWEEN 1 AND 62) AS is_before
            FROM erp__order_lines JOIN erp__orders USING (order_id) JOIN crm__customers USING (customer_id)
            WHERE channel_code <> 'project' AND customer_id NOT LIKE 'G%')
        SELECT sum(quantity) FILTER (is_school AND is_before) / 62,
               sum(quantity) FILTER (is_school AND NOT is_before) / 303,
               sum(quantity) FILTER (NOT is_school AND is_before) / 62
               / (sum(quantity) FILTER (NOT is_school AND NOT is_before) / 303)
        FROM demand
        """,
    )
    assert before / otherwise > max(2.0, 1.5 * others)


def test_haste_fails_inspections(wide: duckdb.DuckDBPyConnection) -> None:
    late, in_time = one(
        wide,
        """
        SELECT avg(is_passed::INT) FILTER (finished_on - planned_finish_on > 20),
               avg(is_passed::INT) FILTER (finished_on <= planned_finish_on)
        FROM work__inspections JOIN projects__milestones USING (milestone_id) WHERE attempt_no = 1
        """,
    )
    assert late < in_time - 0.03


def test_units_degrade_before_they_fail(wide: duckdb.DuckDBPyConnection) -> None:
    """The nearer the failure, the warmer the air and the fuller the filter; healthy units show no trend."""
    days = wide.execute(
        """
        SELECT device_id, metric_code, read_at::DATE AS day_on, avg(value) AS value,
               min(fails_at::DATE - read_at::DATE) FILTER (fails_at > read_at) AS days_left,
               bool_or(read_at BETWEEN degrades_on AND fails_at) AS is_worn
        FROM iot__readings JOIN truth_failures USING (device_id)
        WHERE metric_code IN ('supply_air_c', 'filter_pressure_pa') GROUP BY ALL
        """
    ).pl()
    for metric, rise in (("supply_air_c", 2.0), ("filter_pressure_pa", 45.0)):
        of_metric = days.filter(metric_code=metric)
        healthy = of_metric.filter(~pl.col("is_worn"))["value"].mean()
        near = of_metric.filter(pl.col("days_left").is_between(1, 3))["value"].mean()
        assert near > healthy + rise
        worn = of_metric.filter("is_worn", pl.col("days_left") <= 14)
        assert spearmanr(worn["days_left"].to_numpy(), worn["value"].to_numpy()).statistic < -0.3
        far = of_metric.filter(pl.col("days_left") > 60)
        assert abs(np.corrcoef(far["days_left"].to_numpy(), far["value"].to_numpy())[0, 1]) < 0.25


def test_a_failure_has_its_event_and_its_work_order(wide: duckdb.DuckDBPyConnection) -> None:
    due, told, repaired = one(
        wide,
        """
        SELECT count(*), count(event_id), count(work_order_id) FROM truth_failures failures
        LEFT JOIN iot__events events ON events.device_id = failures.device_id AND started_at = fails_at
        LEFT JOIN work__work_orders orders
          ON orders.device_id = failures.device_id AND orders.finished_at = failures.repaired_at
        WHERE repaired_at < TIMESTAMP '2026-06-30'
        """,
    )
    assert due == told == repaired > 100


@pytest.mark.parametrize("name", ["物流到货", "机组吊装就位", "竣工验收"])
def test_plans_are_neither_always_kept_nor_always_broken(wide: duckdb.DuckDBPyConnection, name: str) -> None:
    (share,) = one(
        wide,
        "SELECT avg((finished_on > planned_finish_on)::INT) FROM projects__milestones"
        f" WHERE name = '{name}' AND finished_on IS NOT NULL",
    )
    assert 0.3 < share < 0.95


def test_late_milestones_have_a_reasoned_date_change(wide: duckdb.DuckDBPyConnection) -> None:
    late, told = one(
        wide,
        """
        SELECT count(*), count(date_change_id) FROM projects__milestones
        LEFT JOIN projects__date_changes USING (milestone_id)
        WHERE finished_on - planned_finish_on > 3
        """,
    )
    assert late > 20
    assert told == late
