"""A lake, a company folder and the door, in a few words for tests."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ingest.company import load_company
from ingest.door import TableLoad, book, check_table, load_table, release_waiting
from lake.connection import connect_lake
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake


class Bench:
    """One lake and one company; `load` runs the door for a table as a night would."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder, self.data = settings, folder, folder / "data"
        self.data.mkdir(parents=True)
        self.con = connect_lake(settings)
        ensure_lake(self.con)
        self.definition: dict[str, Any] = {
            "name": {"zh": "测试公司", "en": "A test company"},
            "time_zone": "Asia/Shanghai",
            "reporting_currency": "CNY",
            "as_of": "2025-09-30",
            "sources": {},
            "tables": {},
        }
        self.typed_from_bytes = 8 << 20
        self.run = new_run(date(2025, 9, 30))

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a data file."""
        path = self.data / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def table(
        self, name: str, columns: dict[str, Any], path: str, source: dict | None = None, **feed: Any
    ) -> None:
        """Map a contract table from one file."""
        key = f"s{len(self.definition['sources'])}"
        self.definition["sources"][key] = {"connector": "csv", "path": "${DATA}/" + path, **(source or {})}
        self.definition["tables"][name] = {"from": key, "columns": columns, **feed}

    def write(self) -> Path:
        """Write company.yml and return its path."""
        path = self.folder / "company.yml"
        YAML().dump(self.definition, path)
        return path

    def company(self) -> Any:
        self.write()
        return load_company(self.folder, self.data)

    def new_run(self) -> None:
        """The next night."""
        self.run = new_run(date(2025, 9, 30))

    def load(self, table: str) -> TableLoad:
        """A new run that loads one table; the row equation is checked against what is stored."""
        self.new_run()
        load = load_table(
            self.con, self.company(), table, self.run, self.settings, typed_from_bytes=self.typed_from_bytes
        )
        if load.status in ("unchanged", "no_source"):
            book(self.con, [load], self.run)
        stored = self.rows(
            "select rows_read, rows_inserted + rows_updated + rows_unchanged + rows_quarantined, "
            "status_code, "
            f"message from lake.ops.load where run_id = '{self.run.run_id}' and table_name = '{table}'"
        )
        assert stored == [(load.read, load.read, load.status, load.message)]
        return load

    def check(self, table: str) -> Any:
        return check_table(self.con, self.company(), table, self.run, self.settings)

    def release(self) -> list[TableLoad]:
        return release_waiting(self.con, self.run, self.settings)

    def rows(self, sql: str) -> list[tuple]:
        return self.con.execute(sql).fetchall()

    def raw(self, table: str, columns: str) -> list[tuple]:
        """Sorted rows of a raw table."""
        return sorted(self.rows(f"select {columns} from lake.raw.raw_{table}"), key=repr)

    def reasons(self, columns: str = "column_name, rule_code, value") -> list[tuple]:
        """Reasons of open quarantined rows."""
        return sorted(
            self.rows(
                f"select {columns} from lake.quarantine.reason join lake.quarantine.row using "
                "(quarantine_id) "
                "where status_code = 'open'"
            ),
            key=repr,
        )


@pytest.fixture
def bench(tmp_lake: Settings, tmp_path: Path) -> Iterator[Bench]:
    """An empty lake and an empty company."""
    made = Bench(tmp_lake, tmp_path / "company")
    yield made
    made.con.close()


@pytest.fixture
def customers(bench: Bench) -> Callable[..., TableLoad]:
    """Write customers.csv with the given lines under the header, and load it."""
    bench.table(
        "crm__customers",
        {"customer_id": "Id", "name": "Name", "credit_days": "Credit Days", "since_on": "Since"},
        "customers.csv",
    )

    def load(*lines: str, header: str = "Id,Name,Credit Days,Since", end: str = "\n") -> TableLoad:
        bench.file("customers.csv", "\n".join([header, *lines]) + end)
        return bench.load("crm__customers")

    return load


__all__ = ["Bench"]
