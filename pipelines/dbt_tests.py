"""dbt's data tests, run without dbt: compiled by it once for the project, then one query a tested table.

Run by dbt each test is a node of its own and costs 0.04 to 0.1 s, most of it outside the database. What a
test means stays with dbt: its SQL, severity and conditions are taken from it.
What does not belong here: which tests belong to which step (defs/transform.py).
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from dbt.contracts.graph.manifest import Manifest

from lake.connection import connect_lake
from lake.settings import Settings
from pipelines.outcomes import NodeOutcome

log = logging.getLogger(__name__)
COMPILED = "compiled_tests.json"
#: So many rows of a failed test are told in its message.
TOLD_ROWS = 3


@dataclass(frozen=True)
class DataTest:
    """One data test: `parents` are the tables it reads, sources too; `sql` gives the rows that break it."""

    unique_id: str
    name: str
    tested: str
    parents: tuple[str, ...]
    sql: str
    fail_calc: str
    warn_if: str
    error_if: str
    severity: str
    limit: int | None

    @property
    def query(self) -> str:
        """One row: the test's id, its failures, whether they are a warning, whether an error."""
        rows = f"{self.sql} limit {self.limit}" if self.limit else self.sql
        return (
            f"select '{self.unique_id}' as unique_id, {self.fail_calc} as failures,"
            f" {self.fail_calc} {self.warn_if} as is_warning, {self.fail_calc} {self.error_if} as is_error"
            f" from ({rows}) as failing_rows"
        )


def described_tests(manifest: Manifest) -> str:
    """A digest of all that the tests' SQL depends on: their arguments and settings, and the macros."""
    tests = sorted(
        (node.unique_id, node.raw_code, str(node.config.to_dict()), str(getattr(node, "test_metadata", "")))
        for node in manifest.nodes.values()
        if node.resource_type == "test"
    )
    macros = sorted((macro.unique_id, macro.macro_sql) for macro in manifest.macros.values())
    return hashlib.sha256(json.dumps([tests, macros]).encode()).hexdigest()


def compiled_tests(nodes: Iterable[Any], manifest: Manifest) -> list[DataTest]:
    """The data tests among compiled nodes, with what dbt would do with their counts."""
    return [
        DataTest(
            unique_id=node.unique_id,
            name=node.name,
            tested=tested_table(node),
            parents=tuple(sorted(_parents(node, manifest))),
            sql=node.compiled_code.strip(),
            fail_calc=node.config.fail_calc,
            warn_if=node.config.warn_if,
            error_if=node.config.error_if,
            severity=str(node.config.severity).lower(),
            limit=node.config.limit,
        )
        for node in sorted(nodes, key=lambda each: each.unique_id)
    ]


def tested_table(node: Any) -> str:
    """The name of the table that a test stands at."""
    return (getattr(node, "attached_node", None) or node.depends_on_nodes[0]).rpartition(".")[2]


def read_tests(folder: Path, digest: str) -> list[DataTest] | None:
    """The compiled tests kept in `folder`, or None when they are of another state of the project."""
    path = folder / COMPILED
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["digest"] != digest:
        return None
    return [DataTest(**row | {"parents": tuple(row["parents"])}) for row in kept["tests"]]


def keep_tests(folder: Path, digest: str, tests: list[DataTest]) -> None:
    """Keep compiled tests in `folder`, whole or not at all; where it cannot be, each night compiles them."""
    draft = folder / f".{COMPILED}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({"digest": digest, "tests": [asdict(test) for test in tests]}), "utf-8")
        draft.replace(folder / COMPILED)
    except OSError as error:
        log.info("the compiled tests are not kept in %s: %s", folder, error)


def due_tests(tests: Iterable[DataTest], built: Collection[str], pending: Collection[str]) -> list[DataTest]:
    """The tests to run when the tables `built` stand: they read some of them and none still `pending`."""
    now, then = set(built), set(pending)
    return [test for test in tests if now.intersection(test.parents) and not then.intersection(test.parents)]


def run_tests(settings: Settings, build: Path, snapshot_id: int, tests: list[DataTest]) -> list[NodeOutcome]:
    """Run tests on a build file, the lake at the build's snapshot; raises nothing for a test that fails."""
    by_table: dict[str, list[DataTest]] = {}
    for test in tests:
        by_table.setdefault(test.tested, []).append(test)
    with connect_lake(settings, snapshot_version=snapshot_id) as con:
        con.execute(f"attach '{build}' as build (read_only)")
        return [outcome for group in by_table.values() for outcome in _run_group(con, group)]


def _run_group(con: duckdb.DuckDBPyConnection, tests: list[DataTest]) -> list[NodeOutcome]:
    """One query for all tests of a table; one by one when it cannot be run, so that the culprit is named."""
    started = time.perf_counter()
    try:
        rows = con.execute("\nunion all\n".join(f"({test.query})" for test in tests)).fetchall()
    except duckdb.Error as error:
        if len(tests) > 1:
            return [outcome for test in tests for outcome in _run_group(con, [test])]
        return [_outcome_of(tests[0], 1, is_error=True, is_warning=False, message=str(error))]
    seconds = round((time.perf_counter() - started) / len(tests), 4)
    by_id = {row[0]: row[1:] for row in rows}
    outcomes = [_judged(test, *by_id[test.unique_id], seconds) for test in tests]
    return [_with_own_words(con, test, outcome) for test, outcome in zip(tests, outcomes, strict=True)]


def _with_own_words(con: duckdb.DuckDBPyConnection, test: DataTest, outcome: NodeOutcome) -> NodeOutcome:
    """What the first rows that broke a test say of themselves, where the test gives them a `message`."""
    if not outcome.message or " as message" not in test.sql:
        return outcome
    rows = con.execute(f"select message from ({test.sql}) order by 1 limit {TOLD_ROWS}").fetchall()
    return replace(outcome, message="; ".join([*(str(row[0]) for row in rows), outcome.message]))


def _judged(
    test: DataTest, failures: int | None, is_warning: bool, is_error: bool, seconds: float
) -> NodeOutcome:
    """As dbt judges: an error only where the test's severity allows one, else a warning."""
    failed = test.severity == "error" and bool(is_error)
    warned = not failed and bool(is_warning)
    condition = test.error_if if failed else test.warn_if
    word = "fail" if failed else "warn"
    message = f"Got {failures} results, configured to {word} if {condition}" if failed or warned else ""
    return _outcome_of(
        test, failures or 0, is_error=failed, is_warning=warned, message=message, seconds=seconds
    )


def _outcome_of(
    test: DataTest, failures: int, *, is_error: bool, is_warning: bool, message: str, seconds: float = 0.0
) -> NodeOutcome:
    return NodeOutcome(
        unique_id=test.unique_id,
        name=test.name,
        resource_type="test",
        tested=test.tested,
        is_ok=not is_error,
        is_warning=is_warning,
        failures=failures,
        seconds=seconds,
        message=message,
    )


def _parents(node: Any, manifest: Manifest) -> set[str]:
    tables = {**manifest.nodes, **manifest.sources}
    return {tables[each].name for each in node.depends_on_nodes if each in tables}
