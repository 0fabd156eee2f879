"""A supplier worked out by hand: nine purchase lines due, five of them on time in full; and what reads it."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from lake.checks import CheckResult
from lake.connection import connect_lake
from lake.figures import Counting, Evidence, Figure
from lake.publication import Publication
from lake.settings import Settings
from pipelines.dbt_runs import DbtProject
from pipelines.passports import PassportOffice, graph_of
from tests.support.warehouse import Warehouse

AS_OF_ON = dt.date(2025, 9, 30)
#: Line number: promised, ordered, and receipts (day, accepted); on time in full are 1, 2, 3, 4 and 9.
LINES: dict[int, tuple[str, int, list[tuple[str, int]]]] = {
    1: ("2025-03-10", 10, [("2025-03-09", 10)]),
    2: ("2025-03-10", 10, [("2025-03-01", 4), ("2025-03-10", 6)]),
    3: ("2025-04-01", 5, [("2025-04-01", 5)]),
    4: ("2025-04-01", 5, [("2025-03-30", 5)]),
    5: ("2025-04-01", 5, [("2025-04-02", 5)]),
    6: ("2025-05-01", 8, [("2025-04-20", 7)]),
    7: ("2025-05-01", 8, []),
    8: ("2025-05-01", 8, [("2025-06-01", 8)]),
    9: ("2025-06-01", 1, [("2025-06-01", 1)]),
    10: ("2026-01-01", 3, []),
}
TRUTH = 5 / 9
PRICE = 100


def figure(figure_id: str, value: str, kind: str, where: str = "is_due") -> Figure:
    return Figure(
        figure_id=figure_id,
        name={"zh": "准时足量", "en": "On time in full"},
        formula={"zh": "达成 / 到期", "en": "on time in full / due"},
        unit="share",
        grain="supplier",
        owner="supply_chain",
        direction="higher",
        target=0.95,
        version=1,
        since_on=dt.date(2025, 1, 1),
        model="fct_purchase_line",
        column="is_otif",
        of=Counting(
            table="fct_purchase_line",
            where=where,
            value=value,
            kind=kind,
            key="purchase_line_id",
            filters={"supplier": "supplier_id", "project": "project_id", "month": "promised_on"},
            evidence=Evidence("fct_receipt_line", "purchase_line_id", "receipt_id"),
        ),
    )


OTIF = figure("otif", "count(*) filter (where is_otif) / nullif(count(*), 0)", "share")
DUE = figure("due", "count(*)", "count")
AMOUNT = figure("amount", "sum(line_reporting_amount)", "sum", where="not is_cancelled")
WRONG = figure("wrong", "sum(no_such_column)", "sum")
FIGURES = (OTIF, DUE, AMOUNT, WRONG)


def line_row(no: int) -> dict[str, Any]:
    promised, quantity, _ = LINES[no]
    return {
        "purchase_order_id": "PO1",
        "line_no": no,
        "supplier_id": "S1",
        "product_id": "AC",
        "quantity": quantity,
        "unit_price_amount": PRICE,
        "line_amount": quantity * PRICE,
        "currency_code": "CNY",
        "promised_on": promised,
    }


def receipt_rows(no: int) -> list[dict[str, Any]]:
    return [
        {
            "receipt_id": f"R{no}.{part}",
            "purchase_order_id": "PO1",
            "line_no": no,
            "supplier_id": "S1",
            "received_on": on,
            "quantity_received": accepted,
            "quantity_accepted": accepted,
            "quantity_rejected": 0,
        }
        for part, (on, accepted) in enumerate(LINES[no][2])
    ]


def quarantine(warehouse: Warehouse, contract: str, rows: list[dict[str, Any]]) -> None:
    """Keep rows as the door keeps what it refuses."""
    with connect_lake(warehouse.settings) as con:
        for position, row in enumerate(rows):
            content = json.dumps({"source": {}, "row": {name: str(value) for name, value in row.items()}})
            con.execute(
                "insert into lake.quarantine.row (quarantine_id, table_name, row_json, status_code)"
                " values (?, ?, ?, 'open')",
                [f"{contract}-{position}", contract, content],
            )


#: dbt's manifest, parsed once for all companies of this file.
PARSED: dict[str, Any] = {}


def company(
    folder: Path,
    *,
    broken_lines: tuple[int, ...] = (),
    broken_receipts: tuple[str, ...] = (),
    defaults: dict[str, float] | None = None,
) -> Warehouse:
    """The supplier's rows but the broken ones, built as far as purchase lines and their receipts.

    `defaults` are the company's own choices.
    """
    warehouse = Warehouse(Settings(lake=folder / "lake"), folder / "build.duckdb", AS_OF_ON).create()
    warehouse.defaults = defaults or {}
    warehouse.insert("erp__suppliers", [{"supplier_id": "S1", "name": "Fans"}])
    warehouse.insert("erp__products", [{"product_id": "AC", "name": "Unit"}])
    warehouse.insert(
        "erp__purchase_orders",
        [
            {
                "purchase_order_id": "PO1",
                "supplier_id": "S1",
                "ordered_on": "2025-02-01",
                "currency_code": "CNY",
            }
        ],
    )
    receipts = [row for no in LINES if no not in broken_lines for row in receipt_rows(no)]
    warehouse.insert("erp__purchase_lines", [line_row(no) for no in LINES if no not in broken_lines])
    warehouse.insert("erp__receipts", [row for row in receipts if row["receipt_id"] not in broken_receipts])
    quarantine(warehouse, "erp__purchase_lines", [line_row(no) for no in broken_lines])
    # A receipt of a line that is not there waits beside it.
    quarantine(
        warehouse,
        "erp__receipts",
        [
            row
            for no in LINES
            for row in receipt_rows(no)
            if no in broken_lines or row["receipt_id"] in broken_receipts
        ],
    )
    warehouse.prepare()
    if not PARSED:
        project = DbtProject(warehouse.settings)
        PARSED["manifest"], PARSED["json"] = project.manifest, project.manifest_json
    warehouse.manifest = PARSED["manifest"]
    nothing_tested = ("--exclude-resource-type", "unit_test", "test")
    warehouse.dbt("build", "--select", "+fct_purchase_line", *nothing_tested)
    return warehouse


@contextmanager
def office(
    warehouse: Warehouse, checks: tuple[CheckResult, ...] = (), **own: float
) -> Iterator[PassportOffice]:
    """What makes the passports of a built warehouse."""
    folder = warehouse.build_file.parent
    with (
        connect_lake(warehouse.settings, read_only=True) as con,
        duckdb.connect(str(warehouse.build_file), read_only=True) as build,
    ):
        columns = graph_of(PARSED["json"], build, folder / "target", folder / "columns.json")
        yield PassportOffice(con, build, PARSED["json"], {}, checks, columns, own, "CNY")


def passports(warehouse: Warehouse, checks: tuple[CheckResult, ...] = (), **own: float) -> dict[str, Any]:
    publication = Publication(
        "night-2025-09-30", 1, AS_OF_ON, "night", "ok", dt.datetime(2025, 10, 1), "run-1", "x.duckdb"
    )
    with office(warehouse, checks, **own) as made:
        return {row["figure_id"]: row for row in made.rows(FIGURES, publication)}
