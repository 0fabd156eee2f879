"""Passports of figures over a hand-made supplier: the value, what is behind it, and how far it may be off.

The whole truth is nine purchase lines due, of which five were on time in full. Then some rows do not get
through the door; whatever they would have said, the truth lies within the bound that the passport prints.
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lake.checks import CheckResult
from lake.connection import connect_lake
from lake.figures import Counting, Evidence, Figure, FigureError
from lake.figures.explain import explain
from lake.publication import Publication
from lake.settings import Settings
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
            filters={"supplier": "supplier_id", "project": "project_id"},
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
    folder: Path, *, broken_lines: tuple[int, ...] = (), broken_receipts: tuple[str, ...] = ()
) -> Warehouse:
    """The supplier's rows but the broken ones, built as far as purchase lines and their receipts."""
    warehouse = Warehouse(Settings(lake=folder / "lake"), folder / "build.duckdb", AS_OF_ON).create()
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
        PARSED["manifest"] = warehouse.dbt("parse").result
        PARSED["json"] = json.loads((folder / "target" / "manifest.json").read_bytes())
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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The company with every row."""
    return company(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Two lines (one good, one late) and half of a split receipt did not get through the door."""
    return company(tmp_path_factory.mktemp("broken"), broken_lines=(3, 8), broken_receipts=("R2.1",))


def test_the_passport_of_a_whole_company_is_exact(whole: Warehouse) -> None:
    otif = passports(whole)["otif"]
    assert (otif["value"], otif["n"], otif["status_code"], otif["bound_code"]) == (TRUTH, 9, "ok", "exact")
    assert (otif["bound_low"], otif["bound_high"], otif["rows_quarantined"]) == (TRUTH, TRUTH, 0)


def test_the_columns_behind_a_figure_are_those_of_the_raw_tables(whole: Warehouse) -> None:
    told = json.loads(passports(whole)["otif"]["upstream_columns"])
    assert {"promised_on", "quantity", "line_no"} <= set(told["raw_erp__purchase_lines"])
    assert {"quantity_accepted", "received_on"} <= set(told["raw_erp__receipts"])
    assert "status_code" in told["raw_erp__purchase_orders"]


def test_the_truth_lies_within_the_bound_of_what_is_left(whole: Warehouse, broken: Warehouse) -> None:
    true, left = passports(whole), passports(broken)
    assert left["otif"]["value"] == 3 / 7
    assert left["otif"]["rows_quarantined"] == 5
    assert json.loads(left["otif"]["quarantined"]) == {"erp__purchase_lines": 2, "erp__receipts": 3}
    for name in ("otif", "due"):
        assert left[name]["value"] != true[name]["value"]
        assert left[name]["bound_low"] <= true[name]["value"] <= left[name]["bound_high"], name
    assert left["otif"]["bound_high"] < 1 or left["otif"]["bound_low"] > 0


def test_broken_lines_alone_give_a_share_the_printed_bound(tmp_path: Path) -> None:
    left = passports(company(tmp_path, broken_lines=(7,)))["otif"]
    # Eight lines due are left, five of them good, and the ninth may be either.
    assert (left["value"], left["bound_low"], left["bound_high"]) == (5 / 8, 5 / 9, 6 / 9)
    assert left["bound_low"] <= TRUTH <= left["bound_high"]


def test_a_sum_is_bounded_by_the_amounts_that_can_be_read_in_quarantine(
    whole: Warehouse, tmp_path: Path
) -> None:
    left = passports(company(tmp_path, broken_lines=(7, 10)))["amount"]
    true = passports(whole)["amount"]["value"]
    assert (left["bound_code"], left["bound_low"], left["bound_high"]) == ("bounded", true - 1100, true)
    assert left["value"] == true - 1100


def test_a_sum_that_other_rows_may_change_is_said_to_be_unbounded(broken: Warehouse) -> None:
    assert passports(broken)["amount"]["bound_code"] == "unbounded"


def test_a_figure_whose_sql_fails_says_so_and_costs_the_others_nothing(whole: Warehouse) -> None:
    found = passports(whole)
    assert (found["wrong"]["status_code"], found["wrong"]["value"]) == ("failed", None)
    assert "no_such_column" in found["wrong"]["message"]
    assert found["otif"]["value"] == TRUTH


@pytest.mark.parametrize(
    ("asset", "severity", "status"),
    [
        ("raw_erp__receipts", "error", "doubtful"),
        ("stg_erp__purchase_lines", "error", "doubtful"),
        ("fct_purchase_line", "warn", "ok"),
        ("raw_crm__leads", "error", "ok"),
    ],
)
def test_a_failed_check_greys_the_figures_that_stand_on_it(
    whole: Warehouse, asset: str, severity: str, status: str
) -> None:
    checks = (
        CheckResult("loaded", asset, severity, False, "0", "3", "broken"),
        CheckResult("unique", "fct_purchase_line", "error", True, "0", "0", ""),
    )
    otif = passports(whole, checks)["otif"]
    assert (otif["status_code"], otif["checks_passed"]) == (status, 1)


def test_a_choice_of_the_companys_own_is_told_where_it_matters(whole: Warehouse) -> None:
    found = passports(whole, otif_tolerance_days=2.0, idle_days=30.0)
    assert json.loads(found["otif"]["own_defaults"]) == {"otif_tolerance_days": 2.0}


def publish_figures(warehouse: Warehouse, path: Path) -> duckdb.DuckDBPyConnection:
    """A small published file: the facts, and the passports of the figures."""
    con = duckdb.connect(str(path))
    con.execute(f"attach '{warehouse.build_file}' as build (read_only)")
    con.execute("create schema marts; create schema ops")
    for table in ("fct_purchase_line", "fct_receipt_line"):
        con.execute(f"create table marts.{table} as from build.marts.{table}")
    rows = list(passports(warehouse).values())
    import pyarrow as pa

    con.register("rows", pa.Table.from_pylist(rows))
    con.execute("create table ops.figure_run as from rows")
    return con


def test_explained_down_to_the_receipts(whole: Warehouse, tmp_path: Path) -> None:
    with publish_figures(whole, tmp_path / "published.duckdb") as con:
        found = explain(con, OTIF, {"supplier": "S1"}, rows=3)
        assert (found.value, found.n, found.is_doubtful) == (TRUTH, 9, False)
        assert [row["purchase_line_id"] for row in found.rows] == ["PO1/1", "PO1/2", "PO1/3"]
        assert [row["receipt_id"] for row in found.evidence] == ["R1.0", "R2.0", "R2.1", "R3.0"]
        nobody = explain(con, OTIF, {"supplier": "S2"})
        assert (nobody.value, nobody.n) == (None, 0)


def test_a_filter_that_is_not_declared_is_answered_with_those_that_are(
    whole: Warehouse, tmp_path: Path
) -> None:
    with publish_figures(whole, tmp_path / "published.duckdb") as con:
        with pytest.raises(FigureError, match="cannot be filtered by city. It knows: supplier, project"):
            explain(con, OTIF, {"city": "Lyon"})


def test_a_filters_value_is_bound_and_never_run(whole: Warehouse, tmp_path: Path) -> None:
    with publish_figures(whole, tmp_path / "published.duckdb") as con:
        found = explain(con, OTIF, {"supplier": "S1' or 'a' = 'a"})
        assert found.n == 0
