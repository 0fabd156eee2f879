"""A company loaded through the door into a lake of its own, beside what DuckDB makes of the same files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingest.company import Company, load_company
from ingest.door import TableLoad, load_table
from lake.connection import connect_lake
from lake.contracts import load_contracts
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake
from tests.conftest import PROJECT_ROOT, TEST_KEY


@dataclass
class LoadedCompany:
    """A company's raw tables, and its files as plain DuckDB views of text."""

    company: Company
    con: duckdb.DuckDBPyConnection
    settings: Settings
    loads: dict[str, TableLoad]
    files: duckdb.DuckDBPyConnection

    def raw(self, sql: str) -> tuple:
        """The one row that `sql` gives in the lake."""
        row = self.con.execute(sql).fetchone()
        assert row is not None
        return row

    def file(self, sql: str) -> tuple:
        """The one row that `sql` gives on the files, read without the door."""
        row = self.files.execute(sql).fetchone()
        assert row is not None
        return row

    def load_again(self) -> dict[str, TableLoad]:
        """A second run of the same company."""
        return _load(self.con, self.company, self.settings)


def _load(con: duckdb.DuckDBPyConnection, company: Company, settings: Settings) -> dict[str, TableLoad]:
    assert company.as_of_on is not None
    run = new_run(company.as_of_on)
    in_order = [name for name in load_contracts() if name in company.tables]
    return {name: load_table(con, company, name, run, settings) for name in in_order}


@pytest.fixture(scope="module")
def loaded(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], LoadedCompany]]:
    """Loads a company by name; each once a module."""
    companies: dict[str, LoadedCompany] = {}

    def load(name: str) -> LoadedCompany:
        if name not in companies:
            folder = shared_data / name
            company = load_company(PROJECT_ROOT / "data" / "companies" / name, folder)
            settings = Settings(lake=tmp_path_factory.mktemp(name) / "lake", key=TEST_KEY)
            con = connect_lake(settings)
            ensure_lake(con)
            companies[name] = LoadedCompany(
                company, con, settings, _load(con, company, settings), _views(folder)
            )
        return companies[name]

    yield load
    for company in companies.values():
        company.con.close()
        company.files.close()


def _views(folder: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for file in sorted(folder.iterdir()):
        reader = f"'{file}'" if file.suffix == ".parquet" else f"read_csv('{file}', all_varchar = true)"
        con.execute(f"create view {file.stem} as from {reader}")
    return con


def assert_row_equation(load: TableLoad) -> None:
    """All rows that were read went somewhere."""
    assert load.status == "loaded", load.message
    assert load.read == load.inserted + load.updated + load.unchanged + load.quarantined
