"""The contracts that ship: valid ODCS, whole, bilingual, and joined to each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from jsonschema import Draft202012Validator

from lake.contracts import Contract, load_contracts
from lake.contracts.catalog import FOLDER
from lake.contracts.model import CLASSIFICATIONS, DOMAINS

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LOGICAL = {
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "DECIMAL": "number",
    "BOOLEAN": "boolean",
}
UNIT_OF_SUFFIX = {
    "_days": "d",
    "_hours": "h",
    "_minutes": "min",
    "_pct": "%",
    "_share": "1",
    "_amount": "currency",
    "_kg": "kg",
    "_km": "km",
    "_m2": "m²",
    "_m3": "m³",
    "_kw": "kW",
}

ALL = load_contracts()
everywhere = pytest.mark.parametrize("item", ALL.values(), ids=list(ALL))


@pytest.fixture(scope="module")
def odcs() -> Draft202012Validator:
    schema = json.loads((Path(__file__).parent / "odcs_v3.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@everywhere
def test_a_file_is_valid_odcs(item: Contract, odcs: Draft202012Validator) -> None:
    document = yaml.load((FOLDER / f"{item.name}.odcs.yaml").read_text(encoding="utf-8"), Loader=LOADER)
    problems = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in odcs.iter_errors(document)]
    assert problems == []
    assert document["id"] == document["name"] == item.name
    assert document["schema"][0]["physicalName"] == item.raw_table
    for prop in document["schema"][0]["properties"]:
        assert prop["logicalType"] == LOGICAL[prop["physicalType"].partition("(")[0]], prop["name"]


@everywhere
def test_texts_stand_in_both_languages(item: Contract) -> None:
    texts = [(item.name, item.label, item.meaning)]
    texts += [(column.name, column.label, column.meaning) for column in item.columns]
    for name, *pair in texts:
        for both in pair:
            assert CHINESE.search(both["zh"]), f"{name}: no Chinese in {both['zh']!r}"
            assert both["en"], name
            assert not CHINESE.search(both["en"]), f"{name}: {both['en']!r} is not English"
    for rule in item.rules:
        assert CHINESE.search(rule.message["zh"]), rule.name
        assert not CHINESE.search(rule.message["en"]), rule.name


@everywhere
def test_names_are_unique_and_labels_tell_columns_apart(item: Contract) -> None:
    names = [column.name for column in item.columns]
    assert len(names) == len(set(names))
    for language in ("zh", "en"):
        labels = [column.label[language] for column in item.columns]
        assert [label for label in set(labels) if labels.count(label) > 1] == []


@everywhere
def test_a_meaning_ends_with_the_grain(item: Contract) -> None:
    assert "one row a" in item.meaning["en"]
    assert "一行" in item.meaning["zh"]


@everywhere
def test_keys_are_required(item: Contract) -> None:
    assert item.key
    assert all(item.column(name).is_required for name in item.key)


@everywhere
def test_units_follow_suffixes_and_money_has_a_currency(item: Contract) -> None:
    for column in item.columns:
        for suffix, unit in UNIT_OF_SUFFIX.items():
            if column.name.endswith(suffix):
                assert column.unit == unit, column.name
    if any(column.name.endswith("_amount") for column in item.columns):
        assert item.column("currency_code").type == "VARCHAR"


@everywhere
def test_values_are_bound_sensibly(item: Contract) -> None:
    for column in item.columns:
        assert column.classification in CLASSIFICATIONS
        assert len(column.vocabulary) == len(set(column.vocabulary)), column.name
        if column.minimum is not None and column.maximum is not None:
            assert column.minimum < column.maximum, column.name
        if column.vocabulary or column.pattern:
            assert column.type == "VARCHAR", column.name
        if column.minimum is not None:
            assert column.type not in ("VARCHAR", "BOOLEAN"), column.name


@everywhere
def test_references_reach_a_key_that_loads_before(item: Contract) -> None:
    for reference in item.references:
        parent = ALL[reference.table]
        assert set(reference.columns) <= {column.name for column in item.columns}
        assert set(reference.to_columns) == set(parent.key), f"{item.name}.{reference.columns}"
        for own, theirs in zip(reference.columns, reference.to_columns, strict=True):
            assert item.column(own).type == parent.column(theirs).type
        if not reference.is_deferred:
            assert DOMAINS.index(parent.source) <= DOMAINS.index(item.source)


@everywhere
def test_rules_are_sql_that_duckdb_understands(item: Contract, con: duckdb.DuckDBPyConnection) -> None:
    nulls = ", ".join(f"NULL::{column.type} AS {column.name}" for column in item.columns)
    for rule in item.rules:
        kind = con.execute(f"SELECT typeof({rule.sql}) FROM (SELECT {nulls})").fetchall()
        assert kind == [("BOOLEAN",)], rule.name
    assert len({rule.name for rule in item.rules}) == len(item.rules)


def test_parents_load_before_children() -> None:
    position = {name: place for place, name in enumerate(ALL)}
    late = [
        (item.name, reference.table)
        for item in ALL.values()
        for reference in item.references
        if not reference.is_deferred and position[reference.table] > position[item.name]
    ]
    assert late == []
    domains = [item.source for item in ALL.values() if not any(r.is_deferred for r in item.references)]
    assert domains == sorted(domains, key=DOMAINS.index)


def test_tables_with_deferred_references_load_last() -> None:
    assert list(ALL)[-2:] == ["ref__product_substitutes", "erp__expenses"]


def test_only_these_references_wait_for_a_later_domain() -> None:
    deferred = {
        (item.name, reference.columns)
        for item in ALL.values()
        for reference in item.references
        if reference.is_deferred
    }
    assert deferred == {
        ("erp__expenses", ("work_order_id",)),
        ("ref__product_substitutes", ("product_id",)),
        ("ref__product_substitutes", ("substitute_id",)),
    }


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("crm__contacts", "phone"),
        ("crm__contacts", "email"),
        ("crm__emails", "from_address"),
        ("ref__people", "name"),
        ("work__engineers", "phone"),
    ],
)
def test_what_names_a_person_is_personal(table: str, column: str) -> None:
    assert ALL[table].column(column).is_personal


@pytest.mark.parametrize(
    ("metric", "value", "is_kept"),
    [("supply_air_c", -60.0, False), ("supply_air_c", 18.5, True), ("humidity_pct", 101.0, False)],
)
def test_impossible_readings_break_a_rule(
    metric: str, value: float, is_kept: bool, con: duckdb.DuckDBPyConnection
) -> None:
    query = " AND ".join(f"({rule.sql})" for rule in ALL["iot__readings"].rules)
    row = con.execute(f"SELECT {query} FROM (SELECT '{metric}' AS metric_code, {value}::DOUBLE AS value)")
    assert row.fetchone() == (is_kept,)


def test_stars_are_whole_and_one_to_five() -> None:
    stars = ALL["work__ratings"].column("stars")
    assert (stars.type, stars.minimum, stars.maximum, stars.is_required) == ("BIGINT", 1, 5, True)


def test_a_process_reads_the_files_once() -> None:
    assert load_contracts() is load_contracts()
