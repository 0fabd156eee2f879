"""The dictionary and the dbt sources are those of the contracts, today."""

from __future__ import annotations

from pathlib import Path

import yaml

from lake.contracts import load_contracts
from lake.contracts.dbt_sources import render_sources
from lake.contracts.dictionary import dictionary_rows, render_dictionary
from lake.contracts.model import SYSTEM_COLUMNS


def test_the_dictionary_document_is_current(project_root: Path) -> None:
    written = (project_root / "docs" / "dictionary.md").read_text(encoding="utf-8")
    assert written == render_dictionary(), "run: python -m lake.contracts.dictionary"


def test_the_dictionary_has_each_column_once() -> None:
    rows = dictionary_rows()
    contracts = load_contracts()
    assert len(rows) == sum(len(item.columns) for item in contracts.values())
    assert len({(row.table_name, row.column_name) for row in rows}) == len(rows)
    stars = next(row for row in rows if (row.table_name, row.column_name) == ("raw_work__ratings", "stars"))
    assert (stars.type, stars.allowed, stars.label_en) == ("BIGINT", "1 … 5", "Stars")
    line = next(r for r in rows if (r.table_name, r.column_name) == ("raw_erp__receipts", "line_no"))
    assert line.reference == "erp__purchase_lines.line_no"


def test_dbt_sources_are_current(project_root: Path) -> None:
    folder = project_root / "dbt_project" / "models" / "sources"
    for name, text in render_sources().items():
        assert (folder / name).read_text(encoding="utf-8") == text, (
            "run: python -m lake.contracts.dbt_sources"
        )


def test_dbt_sources_and_contracts_name_the_same_tables_and_columns(project_root: Path) -> None:
    folder = project_root / "dbt_project" / "models" / "sources"
    in_dbt = {
        (source["name"], table["name"]): [column["name"] for column in table["columns"]]
        for file in folder.glob("*.yml")
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
        for table in source["tables"]
        if source.get("schema") == "raw"
    }
    expected = {}
    for item in load_contracts().values():
        columns = []
        for column in item.columns:
            columns += [column.name, f"{column.name}_token"] if column.is_personal else [column.name]
        expected[item.source, item.raw_table] = [*columns, *SYSTEM_COLUMNS]
    assert in_dbt == expected


def test_lineage_joins_on_the_table_name() -> None:
    crm = yaml.safe_load(render_sources()["_crm.yml"])["sources"][0]
    keys = {table["name"]: table["config"]["meta"]["dagster"]["asset_key"] for table in crm["tables"]}
    assert keys == {name: [name] for name in keys}
    assert "raw_crm__customers" in keys
