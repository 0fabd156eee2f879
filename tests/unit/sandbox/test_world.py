"""The simulated world keeps its contracts, and grows as a living one does."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from lake.contracts import Contract, source_contracts
from sandbox import generate
from tests.unit.sandbox.conftest import TOY, UNTIL

ALL = source_contracts()
everywhere = pytest.mark.parametrize("item", ALL.values(), ids=list(ALL))


@everywhere
def test_each_table_is_filled_with_the_contracts_columns(
    item: Contract, small: dict[str, pl.DataFrame]
) -> None:
    frame = small[item.name]
    assert frame.columns == [column.name for column in item.columns]
    assert frame.height > 0


@everywhere
def test_clean_rows_keep_every_rule_of_their_contract(item: Contract, con: duckdb.DuckDBPyConnection) -> None:
    checks = {rule.name: f"NOT ({rule.sql})" for rule in item.rules}
    for column in item.columns:
        if column.is_required:
            checks[f"{column.name} required"] = f"{column.name} IS NULL"
        if column.vocabulary:
            checks[f"{column.name} vocabulary"] = f"{column.name} NOT IN {column.vocabulary}"
        if column.minimum is not None:
            checks[f"{column.name} minimum"] = f"{column.name} < {column.minimum}"
        if column.maximum is not None:
            checks[f"{column.name} maximum"] = f"{column.name} > {column.maximum}"
        if column.pattern:
            checks[f"{column.name} pattern"] = f"NOT regexp_full_match({column.name}, '{column.pattern}')"
    for name, condition in checks.items():
        broken = con.sql(f"SELECT count(*) FROM {item.name} WHERE {condition}").fetchone()
        assert broken == (0,), name


@everywhere
def test_keys_are_unique_and_references_arrive(item: Contract, con: duckdb.DuckDBPyConnection) -> None:
    keys = ", ".join(item.key)
    assert con.sql(f"SELECT {keys} FROM {item.name} GROUP BY ALL HAVING count(*) > 1").fetchall() == []
    for reference in item.references:
        pairs = zip(reference.columns, reference.to_columns, strict=True)
        match = " AND ".join(f"child.{own} = parent.{theirs}" for own, theirs in pairs)
        given = " AND ".join(f"child.{own} IS NOT NULL" for own in reference.columns)
        orphans = con.sql(
            f"SELECT child.* FROM {item.name} child WHERE {given}"
            f" AND NOT EXISTS (FROM {reference.table} parent WHERE {match}) LIMIT 3"
        ).fetchall()
        assert orphans == [], reference


def test_the_same_arguments_give_the_same_world(tiny: dict[str, pl.DataFrame]) -> None:
    again = generate(seed=5, scale=TOY, until=UNTIL)
    assert [name for name, frame in tiny.items() if not frame.equals(again[name])] == []


def test_nothing_lies_in_the_future(small: dict[str, pl.DataFrame]) -> None:
    happened = {
        "projects__milestones": ["started_on", "finished_on"],
        "erp__receipts": ["received_on", "recorded_on"],
        "erp__payments": ["paid_on"],
        "erp__orders": ["ordered_at", "delivered_on"],
        "work__work_orders": ["created_at", "finished_at", "closed_at"],
        "work__ratings": ["rated_at"],
        "iot__readings": ["received_at"],
        "iot__events": ["started_at", "ended_at"],
    }
    for table, columns in happened.items():
        for column in columns:
            assert small[table][column].cast(pl.Date).max() <= UNTIL, (table, column)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(ValueError, match="2021-12-31 lies before the company's first day"):
        generate(seed=1, scale=1, until=date(2021, 12, 31))
    with pytest.raises(ValueError, match="must be above 0"):
        generate(seed=1, scale=0, until=date(2023, 1, 1))
