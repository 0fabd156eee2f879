"""The golden cases lie in every world as they were solved by hand."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest

from ml.demand import stock_night
from ml.demand.forecast import forecast
from sandbox import generate
from tests.unit.sandbox.conftest import TOY, UNTIL


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    """All rows of a query."""
    return con.execute(query).fetchall()


def test_g1_a_developer_signs_a_strategic_contract_for_a_batch(con: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        con,
        "SELECT segment_code, kind_code, signed_on FROM crm__contracts"
        " JOIN crm__customers USING (customer_id)"
        " WHERE customer_id = 'G1-C1' AND kind_code = 'strategic'",
    ) == [("developer", "strategic", date(2026, 5, 6))]
    assert rows(con, "SELECT device_count FROM projects__projects WHERE project_id = 'PJ-G1-1'") == [(640,)]


def test_g2_a_campus_of_over_80_million_in_four_months_for_six(con: duckdb.DuckDBPyConnection) -> None:
    ((budget, starts, plans, ends),) = rows(
        con,
        "SELECT budget_amount, initiated_on, planned_finish_on, finished_on FROM projects__projects"
        " WHERE project_id = 'PJ-G2-1'",
    )
    assert budget == 86_400_000
    assert ((plans - starts).days, (ends - starts).days) == (180, 120)
    assert rows(con, "SELECT sum(budget_amount) FROM erp__budgets WHERE project_id = 'PJ-G2-1'") == [
        (budget,)
    ]
    assert rows(con, "SELECT sum(budget_amount) FROM projects__milestones WHERE project_id = 'PJ-G2-1'") == [
        (budget,)
    ]
    assert rows(con, "SELECT count(*) FROM work__complaints WHERE project_id = 'PJ-G2-1'") == [(0,)]


@pytest.mark.parametrize("edition", ["2025H1", "2025H2", "2026H1"])
def test_g3_one_batch_comes_12_days_late_and_moves_its_project(
    con: duckdb.DuckDBPyConnection, edition: str
) -> None:
    ((promised, current),) = rows(
        con,
        "SELECT promised_on, current_promised_on FROM erp__purchase_lines"
        f" WHERE purchase_order_id = 'PO-G3-{edition}'",
    )
    assert current - promised == timedelta(days=12)
    late = rows(
        con,
        "SELECT DISTINCT finished_on - planned_finish_on FROM projects__milestones"
        f" WHERE project_id = 'PJ-G3-{edition}' AND finished_on IS NOT NULL AND sequence_no >= 5",
    )
    is_in = promised + timedelta(days=12) <= UNTIL
    assert late == ([(12,)] if is_in else [])
    # Another supplier could deliver the goods sooner.
    ((sellers,),) = rows(
        con,
        "SELECT count(DISTINCT supplier_id) FROM erp__supplier_prices WHERE product_id ="
        f" (SELECT product_id FROM erp__purchase_lines WHERE purchase_order_id = 'PO-G3-{edition}')",
    )
    assert sellers >= 2


def test_g3_is_told_before_it_is_due() -> None:
    before, after = date(2026, 6, 9), date(2026, 6, 10)
    lines = [
        generate(seed=5, scale=TOY, until=day)["erp__purchase_lines"].row(
            by_predicate=pl.col("purchase_order_id") == "PO-G3-2026H1", named=True
        )
        for day in (before, after)
    ]
    moved = [(line["current_promised_on"] - line["promised_on"]).days for line in lines]
    assert moved == [0, 12]


def test_g4_campuses_buy_in_july_and_one_model_is_short(con: duckdb.DuckDBPyConnection) -> None:
    peaks = rows(
        con,
        "SELECT product_id, year(ordered_at) AS y, sum(quantity) FILTER (month(ordered_at) = 7) AS peak,"
        " max(stock.quantity_on_hand), count(DISTINCT customer_id) FROM erp__order_lines"
        " JOIN erp__orders USING (order_id) JOIN erp__inventory stock USING (product_id)"
        " WHERE product_id LIKE 'P-G4-%' AND stock_on = make_date(year(ordered_at), 6, 30)"
        " AND year(ordered_at) < 2026 GROUP BY ALL ORDER BY 1, 2",
    )
    assert [row[0::2] for row in peaks] == [
        *(("P-G4-COVERED", 300, 3) for _ in range(4)),
        *(("P-G4-SHORT", 300, 3) for _ in range(4)),
    ]
    assert {(row[0], row[3] > row[2]) for row in peaks} == {("P-G4-COVERED", True), ("P-G4-SHORT", False)}


def test_g4_the_open_peak_is_warned_thirty_days_before(con: duckdb.DuckDBPyConnection) -> None:
    peak_on = date(2026, 7, 10)
    day = peak_on - timedelta(days=30)
    lines = con.execute(
        "SELECT product_id, customer_id, CAST(ordered_at + INTERVAL 8 HOUR AS DATE) AS ordered_on, kind_code,"
        " quantity, status_code IS NOT DISTINCT FROM 'cancelled' AS is_cancelled"
        " FROM erp__order_lines JOIN erp__orders USING (order_id) WHERE ordered_at < ?",
        [day],
    ).pl()
    counted = con.execute(
        "SELECT product_id, warehouse_id, quantity_on_hand, 0 AS quantity_on_order FROM erp__inventory"
        " WHERE stock_on = ? AND product_id LIKE 'P-G4-%'",
        [date(2026, 5, 31)],
    ).pl()
    products = con.execute("SELECT product_id, lead_time_days FROM erp__products").pl()
    receipts = con.execute(
        "SELECT receipt_id, product_id, received_on - ordered_on AS lead_time_days FROM erp__receipts"
        " JOIN erp__purchase_lines USING (purchase_order_id, line_no)"
        " JOIN erp__purchase_orders USING (purchase_order_id) WHERE received_on <= ?",
        [day],
    ).pl()
    night = {"publication_name": "night", "run_id": "r"}
    coming = forecast(lines, day, **night)
    service = pl.DataFrame({"name": ["stock_service_share"], "value": [0.95]})
    untold = pl.DataFrame(schema=stock_night.FORETOLD_SCHEMA)
    held = stock_night.policies(coming, lines, receipts, products, service, untold, day, **night)
    told_before = pl.DataFrame(schema=stock_night.TOLD_SCHEMA)
    found = stock_night.peaks(coming, lines, counted, held, told_before, day, **night).filter(
        pl.col("product_id").str.starts_with("P-G4-")
    )
    assert found.select("product_id", "peak_on", "is_told", "is_short").rows() == [
        ("P-G4-COVERED", peak_on, True, False),
        ("P-G4-SHORT", peak_on, True, True),
    ]
    short = found.row(1, named=True)
    assert short["quantity_short"] == 300 + short["safety_stock_quantity"] - 40
    assert short["order_by_on"] == peak_on - timedelta(days=10)


def test_g5_sequences_of_ratings(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        con,
        "SELECT customer_id, list(stars ORDER BY rated_at) FROM work__ratings"
        " WHERE customer_id LIKE 'G5-%' AND year(rated_at) = 2026 GROUP BY ALL ORDER BY 1",
    )
    assert found == [
        ("G5-C1", [2, 2]),
        ("G5-C2", [2, 3, 2]),
        ("G5-C3", [3, 3]),
        ("G5-C4", [2, 2, 2]),
        ("G5-C5", [2, 2, 1, 2]),
    ]
    # Five stars in autumn keep one year's sequence from the next's.
    assert rows(
        con, "SELECT DISTINCT stars FROM work__ratings WHERE customer_id LIKE 'G5-%' AND month(rated_at) = 9"
    ) == [(5,)]


def test_g6_split_receipts_are_on_time_in_full_with_250_ppm(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        con,
        """
        WITH line AS (
            SELECT purchase_order_id, line_no, any_value(quantity) AS wanted, count(*) AS parts,
                   sum(quantity_accepted) FILTER (received_on <= promised_on) AS in_time,
                   sum(quantity_received) AS received, sum(quantity_rejected) AS rejected
            FROM erp__purchase_lines JOIN erp__receipts USING (purchase_order_id, line_no)
            WHERE erp__purchase_lines.supplier_id = 'G6-S1' GROUP BY ALL)
        SELECT purchase_order_id, min(parts), bool_and(in_time >= wanted), sum(received),
               sum(rejected) / sum(received) * 1e6
        FROM line GROUP BY ALL ORDER BY 1
        """,
    )
    assert [row[1:] for row in found] == [(2, True, 12_000, 250.0)] * 9


def test_g7_the_critical_path_is_the_one_solved_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    nodes = dict(
        rows(
            con,
            "SELECT milestone_id, planned_finish_on - planned_start_on FROM projects__milestones"
            " WHERE project_id = 'PJ-G7-2026H1'",
        )
    )
    links = rows(
        con,
        "SELECT predecessor_id, successor_id FROM projects__milestone_links"
        " WHERE successor_id LIKE 'PJ-G7-2026H1-%'",
    )
    assert (len(nodes), len(links)) == (8, 8)
    longest: dict[str, tuple[int, list[str]]] = {}
    for node in sorted(nodes):
        before = max((longest[one] for one, other in links if other == node), default=(0, []))
        longest[node] = (before[0] + nodes[node], [*before[1], node])
    length, path = max(longest.values())
    told = dict(rows(con, "SELECT item, value FROM truth_golden WHERE case_code = 'G7'"))
    assert length == int(told["2026H1 length_days"]) == 85
    assert " ".join(path) == told["2026H1 critical_path"]


def test_golden_cases_are_the_same_in_every_world(con: duckdb.DuckDBPyConnection) -> None:
    other = generate(seed=77, scale=TOY, until=UNTIL)
    columns = ["milestone_id", "planned_start_on", "planned_finish_on", "started_on", "finished_on"]
    found = other["projects__milestones"].filter(pl.col("milestone_id").str.contains("G[1-7]-"))
    here = rows(
        con,
        f"SELECT {', '.join(columns)} FROM projects__milestones"
        " WHERE regexp_matches(milestone_id, 'G[1-7]-') ORDER BY 1",
    )
    assert found.select(columns).sort("milestone_id").rows() == here
