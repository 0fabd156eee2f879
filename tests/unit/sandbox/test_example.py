"""The example's files: the same byte for byte, mapped whole, with dirt where the ledger says."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
import yaml
from python_calamine import CalamineWorkbook

from lake.contracts import source_contracts
from sandbox import Example, write_example
from sandbox.__main__ import main
from sandbox.formats import file_name, format_of

UNTIL = date(2024, 10, 28)
SCALE = 0.01


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return write_example(tmp_path_factory.mktemp("example"), until=UNTIL, seed=3, scale=SCALE)


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_files_are_equal_byte_for_byte(example: Example, tmp_path: Path) -> None:
    write_example(tmp_path, until=UNTIL, seed=3, scale=SCALE)
    first = example.files["crm__customers"].parents[1]
    assert digests(tmp_path) == digests(first)
    names = ("customers", "suppliers", "milestones", "causes", "failures", "golden", "emails", "dirt")
    truth = {f"truth/{name}.parquet" for name in names}
    assert set(digests(first)) == {file_name(table) for table in source_contracts()} | truth


def test_another_seed_writes_other_files(example: Example, tmp_path: Path) -> None:
    write_example(tmp_path, until=UNTIL, seed=4, scale=SCALE)
    first, other = digests(example.files["crm__customers"].parents[1]), digests(tmp_path)
    assert first["erp/orders.csv"] != other["erp/orders.csv"]


def test_every_connector_is_shown() -> None:
    assert {format_of(table).connector for table in source_contracts()} == {
        "csv",
        "excel",
        "parquet",
        "jsonl",
    }


def test_systems_write_in_their_own_way(example: Example) -> None:
    customers = example.files["crm__customers"].read_bytes()
    assert customers.startswith("\ufeff客户编号,客户名称".encode())
    suppliers = example.files["erp__suppliers"].read_text(encoding="gb18030").splitlines()
    assert suppliers[0].startswith("SUPPLIER_ID;NAME;")
    rows = (
        CalamineWorkbook.from_path(str(example.files["work__work_orders"]))
        .get_sheet_by_name("工单")
        .to_python()
    )
    assert rows[0][0] == "工单导出"
    assert rows[2][:2] == ["工单编号", "工单类型"]
    assert len(rows) - 3 == example.rows["work__work_orders"]


def test_dirt_lies_where_the_ledger_says(example: Example) -> None:
    picks = pl.read_parquet(example.files["wms__picks"])
    assert picks["quantity_requested"].null_count() == example.refused("wms__picks") > 0
    readings = pl.read_ndjson(example.files["iot__readings"])
    assert (readings["value"] == -60).sum() == example.refused("iot__readings") > 0
    milestones = pl.read_csv(example.files["projects__milestones"], infer_schema=False)
    codes = next(one for one in example.planted if one.kind == "code in a date")
    assert milestones["计划完成日"].is_in(["待定"]).sum() == codes.rows > 0
    payments = pl.read_csv(
        example.files["erp__payments"], separator=";", infer_schema=False, encoding="gb18030"
    )
    rows = example.ledger.filter(table="erp__payments")["row_no"].to_list()
    assert payments[[row - 1 for row in rows]]["PAID_AMOUNT"].unique().to_list() == ["约五万元"]


def test_the_truth_tells_each_planted_fault(example: Example) -> None:
    told = pl.read_parquet(example.files["crm__customers"].parents[1] / "truth" / "dirt.parquet")
    assert told.equals(example.ledger)
    assert told.filter("is_refused").select("table", "row_no").is_unique().all()
    assert set(told["kind"]) >= {
        "broken key", "impossible value", "duplicate", "repeated key", "late", "impossible date",
    }  # fmt: skip


def test_the_platform_gives_two_weeks_or_all_it_has(example: Example, tmp_path: Path) -> None:
    assert days_of_readings(example) == (UNTIL - timedelta(days=13), UNTIL)
    longer = write_example(tmp_path, until=UNTIL, seed=3, scale=SCALE, reading_days=60)
    assert days_of_readings(longer) == (UNTIL - timedelta(days=59), UNTIL)


def days_of_readings(example: Example) -> tuple[date, date]:
    """First and last day of the readings written, in China."""
    readings = pl.read_ndjson(example.files["iot__readings"])
    days = readings["read_at"].str.to_datetime().dt.offset_by("8h").dt.date()
    return days.min(), days.max()


def test_the_mapping_names_every_table_and_column(project_root: Path) -> None:
    path = project_root / "data" / "companies" / "example" / "company.yml"
    mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    wanted = {name: {column.name for column in item.columns} for name, item in source_contracts().items()}
    mapped = {}
    for name, feed in mapping["tables"].items():
        forms = feed["columns"].values()
        codes = {form["code_to"] for form in forms if isinstance(form, dict) and "code_to" in form}
        mapped[name] = set(feed["columns"]) | codes
    assert mapped == wanted


def test_the_command_writes_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--out", str(tmp_path / "out"), "--until", "2022-06-30", "--scale", "0.005", "--seed", "9"])
    said = capsys.readouterr().out
    assert "58 files" in said
    assert "2022-06-30" in said
    assert (tmp_path / "out" / "iot" / "readings.jsonl").exists()


def test_the_command_refuses_a_day_before_the_company(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path), "--until", "2020-01-01"])
    assert "choose a later day" in capsys.readouterr().err
