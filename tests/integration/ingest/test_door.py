"""The door on good input: merge, history, unchanged files, references, release, protection, connectors."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from ingest.door import TableLoad
from ingest.protect import Protector
from tests.integration.ingest.conftest import Bench

PEOPLE = {"person_id": "Id", "name": "Id", "role_code": {"value": "sales"}, "manager_id": "Boss"}
ORDERS = {"order_id": "Order", "customer_id": "Customer", "ordered_at": "At"}


def counts(load: TableLoad) -> tuple[str, int, int, int, int, int]:
    """Status, read, inserted, updated, unchanged, quarantined."""
    return load.status, load.read, load.inserted, load.updated, load.unchanged, load.quarantined


def test_good_rows_enter_with_where_they_came_from(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    load = customers(" C1 , Ada ,30,2020-01-31", "C2,Bo,,")
    assert counts(load) == ("loaded", 2, 2, 0, 0, 0)
    assert bench.raw(
        "crm__customers", "customer_id, name, credit_days, since_on::varchar, _source_file, _source_row"
    ) == [
        ("C1", "Ada", 30, "2020-01-31", "customers.csv", 1),
        ("C2", "Bo", None, None, "customers.csv", 2),
    ]
    assert bench.rows("select distinct _run_id from lake.raw.raw_crm__customers") == [(bench.run.run_id,)]


def test_the_same_file_again_is_not_read(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    first = customers("C1,Ada,30,2020-01-31")
    again = bench.load("crm__customers")
    assert counts(again) == ("unchanged", 0, 0, 0, 0, 0)
    assert again.data_until_at == first.data_until_at
    assert len(bench.raw("crm__customers", "*")) == 1


def test_a_changed_row_is_updated_and_its_old_version_kept(
    bench: Bench, customers: Callable[..., TableLoad]
) -> None:
    customers("C1,Ada,30,", "C2,Bo,60,")
    first_run = bench.run.run_id
    load = customers("C1,Ada,45,", "C2,Bo,60,", "C3,Cy,,")
    assert counts(load) == ("loaded", 3, 1, 1, 1, 0)
    assert bench.raw("crm__customers", "customer_id, credit_days") == [("C1", 45), ("C2", 60), ("C3", None)]
    assert bench.rows(
        "select customer_id, credit_days, _run_id, _superseded_run_id from lake.history.raw_crm__customers"
    ) == [("C1", 30, first_run, bench.run.run_id)]


def test_a_changed_mapping_reads_the_file_again(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers("C1,Ada,30,")
    bench.definition["tables"]["crm__customers"]["columns"]["currency_code"] = {"value": "CNY"}
    assert counts(bench.load("crm__customers")) == ("loaded", 1, 0, 1, 0, 0)


def test_exact_duplicates_in_a_batch_are_unchanged(customers: Callable[..., TableLoad]) -> None:
    assert counts(customers("C1,Ada,30,", "C1,Ada,30,", "C1, Ada ,30.0,")) == ("loaded", 3, 1, 0, 2, 0)


def test_latest_by_takes_the_newest_row_of_a_key(bench: Bench) -> None:
    columns = {"customer_id": "Id", "name": "Name", "since_on": "Since"}
    bench.table("crm__customers", columns, "c.csv", latest_by="since_on")
    bench.file("c.csv", "Id,Name,Since\nC1,old,2024-01-01\nC1,new,2024-12-01\nC1,older,2023-01-01\n")
    assert counts(bench.load("crm__customers")) == ("loaded", 3, 1, 0, 2, 0)
    assert bench.raw("crm__customers", "name") == [("new",)]


def test_filtered_rows_are_skipped_and_not_read(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    bench.definition["tables"]["crm__customers"]["filter"] = "\"Name\" <> 'test'"
    load = customers("C1,Ada,30,", "C2,test,30,", "C3,Cy,x,")
    assert (*counts(load), load.skipped) == ("loaded", 2, 1, 0, 0, 1, 1)


def test_occurrence_tells_rows_apart_that_share_their_key(bench: Bench) -> None:
    bench.table(
        "crm__customers",
        {"name": "Name"},
        "c.csv",
        key=["Town", "Name", "no"],
        occurrence="no",
    )
    bench.file("c.csv", "Town,Name\nA,x\nA,x\nB,x\n")
    assert counts(bench.load("crm__customers")) == ("loaded", 3, 3, 0, 0, 0)
    assert len({row for (row,) in bench.raw("crm__customers", "customer_id")}) == 3


def test_wide_columns_become_rows(bench: Bench) -> None:
    bench.table(
        "ref__exchange_rates",
        {
            "from_currency_code": "code",
            "rate": "rate",
            "to_currency_code": {"value": "CNY"},
            "rate_on": "Day",
        },
        "rates.csv",
        unpivot={"columns": ["USD", "EUR"], "name": "code", "value": "rate"},
    )
    bench.file("rates.csv", "Day,USD,EUR\n2025-01-01,7.1,7.6\n2025-01-02,7.2,\n")
    assert counts(bench.load("ref__exchange_rates")) == ("loaded", 3, 3, 0, 0, 0)


def test_codes_in_a_date_column_are_kept(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers("C1,Ada,30,")
    bench.table(
        "projects__projects",
        {"project_id": "P", "name": "P", "customer_id": {"value": "C1"}},
        "m.csv",
    )
    bench.table(
        "projects__milestones",
        {
            "milestone_id": "M",
            "project_id": "P",
            "name": "M",
            "planned_finish_on": {
                "column": "Planned",
                "format": "%m/%d/%Y",
                "codes": ["PNS", "IEH"],
                "code_to": "planned_finish_code",
            },
        },
        "m.csv",
    )
    bench.file("m.csv", "P,M,Planned\nP1,M1,9/13/2021\nP1,M2,PNS\nP1,M3,2/31/2021\nP1,M4,XYZ\n")
    bench.load("projects__projects")
    assert counts(bench.load("projects__milestones")) == ("loaded", 4, 2, 0, 0, 2)
    assert bench.raw(
        "projects__milestones", "milestone_id, planned_finish_on::varchar, planned_finish_code"
    ) == [
        ("M1", "2021-09-13", None),
        ("M2", None, "PNS"),
    ]
    assert bench.reasons() == [
        ("planned_finish_on", "type", "2/31/2021"),
        ("planned_finish_on", "type", "XYZ"),
    ]


def test_orphans_wait_and_come_back_when_their_parent_arrives(
    bench: Bench, customers: Callable[..., TableLoad]
) -> None:
    customers("C1,Ada,30,")
    bench.table("erp__orders", ORDERS, "orders.csv")
    bench.file("orders.csv", "Order,Customer,At\nO1,C1,2025-01-01 10:00:00\nO2,C2,2025-01-02 10:00:00\n")
    assert counts(bench.load("erp__orders")) == ("loaded", 2, 1, 0, 0, 1)
    assert bench.reasons() == [("customer_id", "reference", "C2")]
    assert bench.release() == []
    customers("C1,Ada,30,", "C2,Bo,,")
    [released] = bench.release()
    assert (released.table, released.released) == ("erp__orders", 1)
    assert bench.raw("erp__orders", "order_id, _source_row") == [("O1", 1), ("O2", 2)]
    assert bench.reasons() == []
    assert bench.rows("select status_code, closed_run_id from lake.quarantine.row") == [
        ("released", bench.run.run_id)
    ]
    assert bench.rows(
        f"select table_name, rows_read, rows_released from lake.ops.load where run_id = '{bench.run.run_id}' "
        "order by 1"
    ) == [("crm__customers", 2, 0), ("erp__orders", 0, 1)]
    # Read again after a change elsewhere in the file, the released row is the same as the one in the lake.
    bench.file("orders.csv", "Order,Customer,At\nO1,C1,2025-01-01 11:00:00\nO2,C2,2025-01-02 10:00:00\n")
    assert counts(bench.load("erp__orders")) == ("loaded", 2, 0, 1, 1, 0)


def test_children_of_a_refused_parent_wait_too(bench: Bench) -> None:
    bench.table("ref__people", PEOPLE, "people.csv")
    bench.file("people.csv", "Id,Boss\nA,\nB,A\nC,X\nD,C\nE,D\n")
    assert counts(bench.load("ref__people")) == ("loaded", 5, 2, 0, 0, 3)
    bench.file("people.csv", "Id,Boss\nA,\nB,A\nC,X\nD,C\nE,D\nX,\n")
    assert counts(bench.load("ref__people")) == ("loaded", 6, 4, 0, 2, 0)
    assert bench.reasons() == []


def test_a_chain_of_waiting_rows_is_released_together(bench: Bench) -> None:
    bench.table("ref__people", PEOPLE, "people*.csv", extract="delta")
    bench.file("people1.csv", "Id,Boss\nC,X\nD,C\nE,Y\n")
    assert counts(bench.load("ref__people")) == ("loaded", 3, 0, 0, 0, 3)
    bench.file("people2.csv", "Id,Boss\nX,\n")
    assert counts(bench.load("ref__people")) == ("loaded", 1, 1, 0, 0, 0)
    assert [load.released for load in bench.release()] == [2]
    assert bench.raw("ref__people", "person_id") == [("C",), ("D",), ("X",)]


def test_a_repaired_row_closes_its_quarantine_entry(
    bench: Bench, customers: Callable[..., TableLoad]
) -> None:
    customers("C1,Ada,30,", "C2,Bo,much,")
    assert bench.reasons() == [("credit_days", "type", "much")]
    again = customers("C1,Ada,31,", "C2,Bo,much,")
    assert again.quarantined == 1
    assert bench.rows("select count(*) from lake.quarantine.row") == [(1,)]
    assert bench.rows("select count(*) from lake.quarantine.reason") == [(1,)]
    customers("C1,Ada,31,", "C2,Bo,60,")
    assert bench.rows("select status_code, closed_run_id from lake.quarantine.row") == [
        ("repaired", bench.run.run_id)
    ]
    customers("C1,Ada,31,", "C2,Bo,much,")
    assert bench.rows("select status_code, closed_run_id from lake.quarantine.row") == [("open", None)]


def test_a_delta_repairs_by_key_and_leaves_others_open(bench: Bench) -> None:
    bench.table(
        "crm__customers", {"customer_id": "Id", "name": "Name", "credit_days": "D"}, "c*.csv", extract="delta"
    )
    bench.file("c1.csv", "Id,Name,D\nC1,a,x\nC2,b,y\n")
    bench.load("crm__customers")
    bench.file("c2.csv", "Id,Name,D\nC2,b,5\n")
    assert counts(bench.load("crm__customers")) == ("loaded", 1, 1, 0, 0, 0)
    assert bench.reasons() == [("credit_days", "type", "x")]


def test_a_delta_that_brings_a_row_broken_anew_closes_its_older_version(bench: Bench) -> None:
    bench.table(
        "crm__customers", {"customer_id": "Id", "name": "Name", "credit_days": "D"}, "c*.csv", extract="delta"
    )
    bench.file("c1.csv", "Id,Name,D\nC1,a,x\nC2,b,y\n")
    bench.load("crm__customers")
    bench.file("c2.csv", "Id,Name,D\nC2,b,z\n")
    assert counts(bench.load("crm__customers")) == ("loaded", 1, 0, 0, 0, 1)
    assert sorted(bench.reasons()) == [("credit_days", "type", "x"), ("credit_days", "type", "z")]
    closed = "select status_code, closed_run_id from lake.quarantine.row where status_code <> 'open'"
    assert bench.rows(closed) == [("superseded", bench.run.run_id)]


def test_keys_with_dates_meet_their_older_versions_whatever_else_is_there(bench: Bench) -> None:
    bench.table(
        "ref__exchange_rates",
        {"from_currency_code": "From", "to_currency_code": "To", "rate_on": "On", "rate": "Rate"},
        "r*.csv",
        extract="delta",
    )
    bench.file(
        "r1.csv", "From,To,On,Rate\n" + "".join(f"USD,CNY,2025-01-{d:02},7.{d}\n" for d in range(1, 29))
    )
    assert bench.load("ref__exchange_rates").inserted == 28
    bench.file(
        "r2.csv", "From,To,On,Rate\nUSD,CNY,2025-01-03,7.9\nUSD,CNY,2025-01-04,7.4\nUSD,CNY,2025-01-29,7.5\n"
    )
    load = bench.load("ref__exchange_rates")
    assert (load.inserted, load.updated, load.unchanged) == (1, 1, 1)
    assert bench.rows("select count(*) from lake.raw.raw_ref__exchange_rates") == [(29,)]
    assert bench.rows("select rate_on::varchar from lake.history.raw_ref__exchange_rates") == [
        ("2025-01-03",)
    ]


def test_personal_values_are_nowhere_in_clear(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    phone, unmapped, wrong = "13800138000", "13911112222", "13733334444"
    customers("C1,Ada,30,")
    bench.table(
        "crm__contacts",
        {
            "contact_id": "Id",
            "customer_id": "Customer",
            "phone": "Phone",
            "email": "Mail",
            "role_code": "Role",
        },
        "contacts.csv",
    )
    lines = [f"K{i},C1,1380013{i:04d},a{i}@x.cn,user,{unmapped}" for i in range(200)]
    lines += [
        f"B1,C1,{phone},no mail,user,{unmapped}",
        f"B2,C9,{wrong},b@x.cn,boss,{unmapped}",
        f"B3,C1,{wrong}",
    ]
    bench.file("contacts.csv", "\n".join(["Id,Customer,Phone,Mail,Role,Other", *lines]) + "\n")
    assert counts(bench.load("crm__contacts")) == ("loaded", 203, 200, 0, 0, 3)
    cipher, token = bench.rows(
        "select phone, phone_token from lake.raw.raw_crm__contacts where contact_id = 'K7'"
    )[0]
    protector = Protector(bytes(range(32)))
    assert protector.decrypt(cipher) == "13800130007"
    assert [token] == protector.tokens(["13800130007"])
    assert bench.rows("select value from lake.quarantine.reason where rule_code = 'pattern'")[0][
        0
    ].startswith("g1.")
    [(row,)] = bench.rows("select row_json from lake.quarantine.row where source_row = 201")
    source = json.loads(row)["source"]
    assert protector.decrypt(source["Phone"]) == phone
    assert protector.decrypt(source["Other"]) == unmapped
    assert source["Role"] == "user"
    bench.con.close()
    files = [path for path in Path(bench.settings.lake).rglob("*") if path.is_file()]
    assert len(files) > 1
    for secret in (phone, unmapped, wrong, "13800130007", "a7@x.cn"):
        assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_equal_personal_values_make_no_change(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    customers("C1,Ada,30,")
    bench.table("crm__contacts", {"contact_id": "Id", "customer_id": "C", "phone": "Phone"}, "k.csv")
    bench.file("k.csv", "Id,C,Phone\nK1,C1,111\nK2,C1,222\n")
    bench.load("crm__contacts")
    bench.file("k.csv", "Id,C,Phone\nK1,C1,111\nK2,C1,333\n")
    assert counts(bench.load("crm__contacts")) == ("loaded", 2, 0, 1, 1, 0)


def test_a_released_personal_row_keeps_its_values(bench: Bench, customers: Callable[..., TableLoad]) -> None:
    bench.table("crm__contacts", {"contact_id": "Id", "customer_id": "C", "phone": "Phone"}, "k.csv")
    bench.file("k.csv", "Id,C,Phone\nK1,C1,111\n")
    bench.load("crm__contacts")
    customers("C1,Ada,30,")
    bench.release()
    protector = Protector(bytes(range(32)))
    [(cipher, token)] = bench.rows("select phone, phone_token from lake.raw.raw_crm__contacts")
    assert (protector.decrypt(cipher), token) == ("111", protector.tokens(["111"])[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings(bench: Bench, encoding: str) -> None:
    bench.table("crm__customers", {"customer_id": "编号", "name": "名称"}, "c.csv", {"encoding": encoding})
    bench.file("c.csv", "编号 ,名称\nC1,某省重点高校\n".encode(encoding))
    bench.load("crm__customers")
    assert bench.raw("crm__customers", "customer_id, name") == [("C1", "某省重点高校")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(bench: Bench, separator: str) -> None:
    bench.table("crm__customers", {"customer_id": "Id", "name": "Name"}, "c.csv")
    bench.file("c.csv", f"Id{separator}Name\r\nC1{separator}Ada\r\n".encode())
    bench.load("crm__customers")
    assert bench.raw("crm__customers", "customer_id, name") == [("C1", "Ada")]


def test_latin_1_and_lines_above_the_header(bench: Bench) -> None:
    bench.table(
        "crm__customers",
        {"customer_id": "Id", "name": "Name"},
        "c.csv",
        {"encoding": "latin-1", "header_row": 3},
    )
    bench.file("c.csv", "Report\n\nId;Name\nC1;Café\n".encode("latin-1"))
    bench.load("crm__customers")
    assert bench.raw("crm__customers", "customer_id, name, _source_row") == [("C1", "Café", 1)]


@pytest.mark.parametrize("connector", ["excel", "parquet", "jsonl"])
def test_connectors(bench: Bench, connector: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"Id ": ["C1", "C2"], "Name": ["Ada", "李"], "Days": [30, 45], "Since": ["2024-01-31", "2024-02-31"]}
    )
    path = bench.data / f"c.{connector}"
    if connector == "excel":
        _workbook(path, frame)
    elif connector == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_ndjson(path)
    columns = {"customer_id": "Id", "name": "Name", "credit_days": "Days", "since_on": "Since"}
    bench.table("crm__customers", columns, path.name, {"connector": connector})
    assert counts(bench.load("crm__customers")) == ("loaded", 2, 1, 0, 0, 1)
    assert bench.raw("crm__customers", "customer_id, name, credit_days, _source_row") == [
        ("C1", "Ada", 30, 1)
    ]
    assert bench.reasons() == [("since_on", "type", "2024-02-31")]
    [(row,)] = bench.rows("select row_json from lake.quarantine.row")
    assert json.loads(row)["source"] == {"Id": "C2", "Name": "李", "Days": "45", "Since": "2024-02-31"}


def _workbook(path: Path, frame: pl.DataFrame) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(frame.columns)
    for row in frame.rows():
        sheet.append(row)
    book.save(path.with_suffix(".xlsx"))
    path.with_suffix(".xlsx").rename(path)


def test_several_files_and_feeds_make_one_table(bench: Bench) -> None:
    bench.file("a1.csv", "Id,Name\nC1,Ada\n")
    bench.file("a2.csv", "Name,Id,New\nBo,C2,x\n")
    bench.file("b.jsonl", '{"id": "C3", "name": "Cy"}\nnot json\n')
    bench.table("crm__customers", {"customer_id": "Id", "name": "Name"}, "a*.csv")
    first = bench.definition["tables"]["crm__customers"]
    bench.table("crm__customers", {"customer_id": "id", "name": "name"}, "b.jsonl", {"connector": "jsonl"})
    bench.definition["tables"]["crm__customers"] = [first, bench.definition["tables"]["crm__customers"]]
    assert counts(bench.load("crm__customers")) == ("loaded", 4, 3, 0, 0, 1)
    assert bench.raw("crm__customers", "customer_id, _source_file, _source_row") == [
        ("C1", "a1.csv", 1),
        ("C2", "a2.csv", 1),
        ("C3", "b.jsonl", 1),
    ]
    assert bench.reasons() == [("", "malformed_row", "not json")]


def test_a_table_without_source_stays_empty(bench: Bench) -> None:
    assert counts(bench.load("iot__devices")) == ("no_source", 0, 0, 0, 0, 0)
