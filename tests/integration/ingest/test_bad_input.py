"""Bad input, tried: a clear message or a quarantined row each time, good rows loaded, nothing lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.company import load_company
from ingest.door import TableLoad
from ingest.problems import MappingError
from lake.connection import connect_lake
from tests.integration.ingest.conftest import Bench
from tests.integration.ingest.test_door import ORDERS, counts

GOOD = ("C1,Ada,30,2020-01-31", "C2,Bo,60,2021-05-01")


def kept(bench: Bench) -> list[tuple]:
    """Ids in the customers' raw table."""
    return [row for (row,) in bench.raw("crm__customers", "customer_id")]


def test_a_file_cut_in_the_middle(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    load = customers(*GOOD, "C3,Cy", end="")
    assert counts(load) == ("loaded", 3, 2, 0, 0, 1)
    assert kept(bench) == ["C1", "C2"]
    assert bench.reasons("rule_code, source_file, source_row, value") == [
        ("malformed_row", "customers.csv", 3, "C3,Cy")
    ]
    [(row, english)] = bench.rows(
        "select row_json, message_en from lake.quarantine.row join lake.quarantine.reason using "
        "(quarantine_id)"
    )
    assert json.loads(row) == {"source": {"_line": "C3,Cy"}, "row": None}
    assert "Expected Number of Columns: 4 Found: 2" in english


def test_a_file_cut_inside_quotes(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    load = customers(*GOOD, 'C3,"Cy', end="")
    assert counts(load) == ("loaded", 3, 2, 0, 0, 1)
    assert bench.reasons("rule_code, source_row") == [("malformed_row", 3)]


def test_the_whole_file_again_repairs_the_cut_one(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD, "C3,Cy", end="")
    assert counts(customers(*GOOD, "C3,Cy,,")) == ("loaded", 3, 1, 0, 2, 0)
    assert bench.reasons() == []


def test_wrong_encoding(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD)
    bench.file(
        "customers.csv", "Id,Name,Credit Days,Since\nC1,Ada,1,\nC9,某省重点高校,30,\n".encode("gb18030")
    )
    load = bench.load("crm__customers")
    assert counts(load) == ("failed", 0, 0, 0, 0, 0)
    assert load.message == (
        "customers.csv, line 3, is not utf-8; it looks like gb18030. Write encoding: gb18030; "
        "yesterday's rows stay."
    )
    assert kept(bench) == ["C1", "C2"]


def test_wrong_declared_encoding(bench: Bench) -> None:
    bench.table("crm__customers", {"customer_id": "Id", "name": "Name"}, "c.csv", {"encoding": "ascii"})
    bench.file("c.csv", "Id,Name\nC1,José\n")
    load = bench.load("crm__customers")
    assert (load.status, "line 2, is not ascii; it looks like utf-8" in load.message) == ("failed", True)


def test_a_missing_column_stops_its_table_only(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD)
    bench.table("erp__orders", ORDERS, "orders.csv")
    bench.file("orders.csv", "Order,Customer,At\nO1,C1,2025-01-01 10:00:00\n")
    load = customers(*GOOD, header="Id,Name,Credit Dys,Since")
    assert load.status == "failed"
    line = 1 + (bench.folder / "company.yml").read_text().splitlines().index("      credit_days: Credit Days")
    assert load.message == (
        f"{bench.folder / 'company.yml'}:{line}: customers.csv has no column «Credit Days». "
        "Closest: Credit Dys."
    )
    assert kept(bench) == ["C1", "C2"]
    assert counts(bench.load("erp__orders")) == ("loaded", 1, 1, 0, 0, 0)


def test_an_extra_column_is_reported_and_not_fatal(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD)
    load = customers(*[f"{line},x" for line in GOOD], header="Id,Name,Credit Days,Since,Colour")
    assert counts(load) == ("loaded", 2, 0, 0, 2, 0)
    assert load.message == "new source columns, not mapped: Colour."


def test_text_in_a_number(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    load = customers(*GOOD, "C3,Cy,Freight Included,", "C4,Di,1.5,", "C5,Ed,5000,")
    assert counts(load) == ("loaded", 5, 2, 0, 0, 3)
    assert bench.reasons("source_row, column_name, rule_code, value, message_en") == [
        (3, "credit_days", "type", "Freight Included", "credit_days must be a whole number"),
        (4, "credit_days", "type", "1.5", "credit_days must be a whole number"),
        (5, "credit_days", "range", "5000", "credit_days must lie between 0 and 3650"),
    ]
    assert bench.rows("select distinct message_zh from lake.quarantine.reason where rule_code = 'type'") == [
        ("“credit_days”应为整数",)
    ]


@pytest.mark.parametrize("day", ["2024-02-31", "31/12/2024", "2024-02-03 x", "infinity", "soon"])
def test_days_that_do_not_exist(bench: Bench, customers: Callable[..., TableLoad], day: str) -> None:
    assert counts(customers(*GOOD, f"C3,Cy,,{day}")) == ("loaded", 3, 2, 0, 0, 1)
    assert bench.reasons("source_row, column_name, rule_code, value, message_en") == [
        (3, "since_on", "type", day, "since_on must be a date that exists")
    ]


def test_a_duplicate_key_with_other_content(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    load = customers(*GOOD, "C1,Eve,30,2020-01-31")
    assert counts(load) == ("loaded", 3, 2, 0, 0, 1)
    assert bench.raw("crm__customers", "customer_id, name") == [("C1", "Ada"), ("C2", "Bo")]
    assert bench.reasons("source_row, column_name, rule_code, value, message_en") == [
        (
            3,
            "customer_id",
            "duplicate_key",
            "C1",
            "another row of the batch has the same key and other content; kept is customers.csv #1",
        )
    ]


def test_a_key_that_refers_to_nothing(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD)
    bench.table("erp__orders", ORDERS, "orders.csv")
    bench.file("orders.csv", "Order,Customer,At\nO1,C1,2025-01-01 10:00:00\nO2,C9,2025-01-01 10:00:00\n")
    assert counts(bench.load("erp__orders")) == ("loaded", 2, 1, 0, 0, 1)
    assert bench.reasons("source_row, column_name, rule_code, value, message_en") == [
        (
            2,
            "customer_id",
            "reference",
            "C9",
            "customer_id is not in crm__customers; the row enters by itself when its parent arrives",
        )
    ]


def test_every_missing_parent_of_a_row_is_told(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD)
    bench.table("erp__orders", ORDERS | {"contract_id": "Contract"}, "orders.csv")
    bench.file("orders.csv", "Order,Customer,At,Contract\nO1,C9,2025-01-01 10:00:00,K9\n")
    assert counts(bench.load("erp__orders")) == ("loaded", 1, 0, 0, 0, 1)
    assert bench.reasons() == [("contract_id", "reference", "K9"), ("customer_id", "reference", "C9")]
    customers(*GOOD, "C9,Cy,,")
    assert bench.release() == []


def test_a_missing_key(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    assert counts(customers(*GOOD, " ,Cy,1,")) == ("loaded", 3, 2, 0, 0, 1)
    assert bench.reasons() == [("customer_id", "required", None)]


EMPTY = {"customers.csv": "csv", "customers.xlsx": "excel", "c.parquet": "parquet", "c.jsonl": "jsonl"}


@pytest.mark.parametrize(("name", "connector"), EMPTY.items())
def test_an_empty_file(bench: Bench, customers: Callable[..., TableLoad], name: str, connector: str) -> None:
    customers(*GOOD)
    bench.definition["sources"]["s0"] |= {"connector": connector, "path": "${DATA}/" + name}
    bench.file(name, b"")
    load = bench.load("crm__customers")
    assert counts(load) == ("failed", 0, 0, 0, 0, 0)
    assert load.message == f"{name} is empty (0 bytes). Export it again; yesterday's rows stay."
    assert kept(bench) == ["C1", "C2"]


@pytest.mark.parametrize("connector", ["excel", "parquet"])
def test_a_cut_binary_file(bench: Bench, customers: Callable[..., TableLoad], connector: str) -> None:
    customers(*GOOD)
    bench.definition["sources"]["s0"] |= {"connector": connector, "path": "${DATA}/c.bin"}
    bench.file("c.bin", b"PK\x03\x04 cut in the middle")
    load = bench.load("crm__customers")
    assert counts(load) == ("failed", 0, 0, 0, 0, 0)
    assert load.message.startswith(f"c.bin cannot be read as {connector}: ")
    assert kept(bench) == ["C1", "C2"]


def test_a_missing_file(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD)
    (bench.data / "customers.csv").unlink()
    load = bench.load("crm__customers")
    assert counts(load) == ("failed", 0, 0, 0, 0, 0)
    assert load.message == (
        f"source «s0» has no file: {bench.data}/customers.csv. Check the path, or --data for ${{DATA}}; "
        "yesterday's rows stay."
    )


def test_a_mapping_that_names_a_column_that_is_not_there(
    bench: Bench, customers: Callable[..., TableLoad]
) -> None:
    bench.definition["tables"]["crm__customers"]["columns"]["city"] = {"sql": 'upper("Naem")'}
    load = customers(*GOOD)
    assert load.status == "failed"
    assert "customers.csv has no column «Naem». Closest: Name." in load.message


def test_an_expression_that_fails(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    bench.definition["tables"]["crm__customers"]["columns"]["credit_limit_amount"] = {
        "sql": 'cast("Name" as double)'
    }
    load = customers(*GOOD)
    assert load.status == "failed"
    assert load.message.startswith("an SQL expression of crm__customers failed: Conversion Error")
    assert load.message.endswith("Use try_cast instead of cast; yesterday's rows stay.")


def test_a_collapse_in_rows_stops_the_load(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    lines = [f"C{i},Ada,1," for i in range(20)]
    customers(*lines)
    load = customers(*lines[:9])
    assert counts(load) == ("stopped", 0, 0, 0, 0, 0)
    assert load.message == (
        "only 9 rows were read, the last good load had 20 (below 50%); the load was stopped and "
        "yesterday's rows "
        "stay. If that is right, write collapse: {share: 0} under the table in company.yml and run again; "
        "otherwise check the export."
    )
    assert len(kept(bench)) == 20
    bench.definition["tables"]["crm__customers"]["collapse"] = {"share": 0}
    assert counts(bench.load("crm__customers")) == ("loaded", 9, 0, 0, 9, 0)


def test_a_header_without_rows_is_a_collapse_too(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*[f"C{i},Ada,1," for i in range(20)])
    assert customers().status == "stopped"
    assert len(kept(bench)) == 20


def test_small_tables_and_deltas_do_not_collapse(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*[f"C{i},Ada,1," for i in range(19)])
    assert counts(customers("C1,Ada,1,")) == ("loaded", 1, 0, 0, 1, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_lake_that_cannot_be_written(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    bench.settings.paths.files.chmod(0o500)
    try:
        with pytest.raises(duckdb.Error):
            customers(*[f"C{i},Ada,1," for i in range(100)])
    finally:
        bench.settings.paths.files.chmod(0o700)
    assert kept(bench) == []


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
import ingest.door as door
from ingest.company import load_company
from lake.connection import connect_lake
from lake.run import new_run
from lake.settings import Settings
lake, folder, moment = sys.argv[1:]
settings = Settings(lake=Path(lake))
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(door, moment, die)
with connect_lake(settings) as con:
    company = load_company(Path(folder), Path(folder) / "data")
    door.load_table(con, company, "crm__customers", new_run(date(2025, 9, 30)), settings)
"""


@pytest.mark.parametrize("moment", ["merge", "write_profile", "write_load", "write_files"])
def test_a_kill_leaves_the_table_before_or_after(
    bench: Bench, customers: Callable[..., TableLoad], moment: str
) -> None:
    customers(*GOOD)
    bench.file("customers.csv", "Id,Name,Credit Days,Since\nC1,Ada,31,\nC2,Bo,x,\nC3,Cy,,\n")
    bench.con.close()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(bench.settings.lake), str(bench.folder), moment],
        check=False,
        env=os.environ | {"GANTRY_KEY": bench.settings.key.get_secret_value()},  # type: ignore[union-attr]
    )
    assert done.returncode == -signal.SIGKILL
    bench.con = connect_lake(bench.settings)
    assert bench.raw("crm__customers", "customer_id, credit_days") == [("C1", 30), ("C2", 60)]
    assert bench.rows("select count(*) from lake.history.raw_crm__customers") == [(0,)]
    assert bench.rows("select count(*) from lake.quarantine.row") == [(0,)]
    assert counts(bench.load("crm__customers")) == ("loaded", 3, 1, 1, 0, 1)
    assert bench.raw("crm__customers", "customer_id, credit_days") == [("C1", 31), ("C2", 60), ("C3", None)]


def problems(bench: Bench) -> list[tuple[str, str, str]]:
    """Text of the line, what is wrong, what to write instead."""
    path = bench.write()
    with pytest.raises(MappingError) as caught:
        load_company(bench.folder, bench.data)
    lines = path.read_text().splitlines()
    return [
        (lines[problem.line - 1].strip() if problem.line else "", problem.what, problem.instead)
        for problem in caught.value.problems
    ]


def test_mistakes_in_the_mapping_are_told_with_line_and_remedy(bench: Bench) -> None:
    bench.table("crm__customers", {"customer_id": "Id", "nmae": "Name"}, "c.csv")
    bench.table("crm__custmers", {"customer_id": "Id"}, "c.csv")
    bench.table(
        "erp__orders",
        {"customer_id": "Id", "total_amount": {"sql": "a b c("}},
        "c.csv",
        {"encoding": "gb1803"},
    )
    bench.definition["tables"]["erp__orders"]["from"] = "s7"
    found = problems(bench)
    assert ("nmae: Name", "contract table crm__customers has no column «nmae».", "Write name.") in found
    assert any(line == "crm__custmers:" and "crm__customers" in instead for line, _, instead in found)
    assert ("encoding: gb1803", "there is no encoding «gb1803».", "Write gb18030.") in found
    assert any(line == "from: s7" and what == "«s7» is not among the sources." for line, what, _ in found)
    assert any(what == "the key column(s) order_id of erp__orders are not mapped." for _, what, _ in found)
    assert any(
        line.startswith("sql:") and what.startswith("the SQL expression does not parse")
        for line, what, _ in found
    )


def test_structure_is_checked_first(bench: Bench) -> None:
    bench.table(
        "crm__customers", {"customer_id": "Id", "name": {"colum": "Name"}}, "c.csv", {"encodng": "utf-8"}
    )
    bench.definition["tables"]["crm__customers"]["extract"] = "ful"
    del bench.definition["time_zone"]
    found = {(what, instead) for _, what, instead in problems(bench)}
    assert ("company.yml: the key «time_zone» is missing.", "Add «time_zone: …» here.") in found
    assert ("sources.s0: there is no key «encodng».", "Write encoding.") in found
    assert ("tables.crm__customers.extract: «ful» is not allowed.", "Write one of full, delta.") in found
    assert any("name" in what for what, _ in found)


def test_data_folder_not_given(bench: Bench) -> None:
    bench.table("crm__customers", {"customer_id": "Id", "name": "Name"}, "c.csv")
    bench.write()
    with pytest.raises(
        MappingError, match=r"uses \$\{DATA\}, but no data folder was given\. Give it with --data"
    ):
        load_company(bench.folder)


def test_broken_yaml(bench: Bench) -> None:
    (bench.folder / "company.yml").write_text("name: {zh: a, en: b}\ntables:\n  x: [1\n", encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        load_company(bench.folder, bench.data)
    assert caught.value.problems[0].line in (3, 4)


def test_no_company_file(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"there is no company\.yml"):
        load_company(tmp_path)


def test_check_reports_and_writes_nothing(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers(*GOOD)
    before = bench.rows("select max(snapshot_id) from lake.snapshots()")
    bench.file("customers.csv", "Id,Name,Credit Days,Since,Colour\nC1,Ada,x,,\nC2,Bo,1,,\nC3\n")
    report = bench.check("crm__customers")
    assert (report.rows_read, report.rows_good, report.rows_quarantined) == (3, 1, 2)
    assert report.columns_mapped == ("customer_id", "name", "credit_days", "since_on")
    assert "segment_code" in report.columns_unmapped
    assert report.source_columns_unused == ("Colour",)
    assert [(v.column, v.rule, v.rows, v.samples) for v in report.violations] == [
        ("credit_days", "type", 1, (("customers.csv", 1, "x"),)),
        ("", "malformed_row", 1, (("customers.csv", 3, "C3"),)),
    ]
    assert bench.rows("select max(snapshot_id) from lake.snapshots()") == before
    assert bench.rows("select count(*) from lake.quarantine.row") == [(0,)]
