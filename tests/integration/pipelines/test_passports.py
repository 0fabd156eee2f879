"""Passports of figures over a hand-made supplier: the value, what is behind it, and how far it may be off.

The whole truth is nine purchase lines due, of which five were on time in full. Then some rows do not get
through the door; whatever they would have said, the truth lies within the bound that the passport prints.
"""

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from lake.checks import CheckResult
from lake.figures import FigureError
from lake.figures.explain import explain
from tests.support.supplier_company import OTIF, TRUTH, company, passports
from tests.support.warehouse import Warehouse


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
    said = pytest.raises(
        FigureError, match=r"cannot be filtered by city\. It knows: supplier, project, month"
    )
    with publish_figures(whole, tmp_path / "published.duckdb") as con, said:
        explain(con, OTIF, {"city": "Lyon"})


def test_a_filters_value_is_bound_and_never_run(whole: Warehouse, tmp_path: Path) -> None:
    with publish_figures(whole, tmp_path / "published.duckdb") as con:
        found = explain(con, OTIF, {"supplier": "S1' or 'a' = 'a"})
        assert found.n == 0
