"""The example company passes the door: all rows arrive but those that were soiled on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.company import Company, load_company
from ingest.door import TableLoad, load_table, release_waiting
from lake.connection import connect_lake
from lake.contracts import source_contracts
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake
from sandbox import Example, write_example
from tests.conftest import TEST_KEY

pytestmark = pytest.mark.slow

# On the day after it, something happens on the sites even of a small company.
UNTIL = date(2024, 5, 9)
SCALE = 0.02


@dataclass
class Night:
    """The door after one night on the example: its loads and the lake."""

    example: Example
    company: Company
    con: duckdb.DuckDBPyConnection
    settings: Settings
    loads: dict[str, TableLoad]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Iterator[Night]:
    """One night of the door on a small example."""
    folder = tmp_path_factory.mktemp("night")
    example = write_example(folder / "data", until=UNTIL, scale=SCALE)
    settings = Settings(lake=folder / "lake", key=TEST_KEY)
    company = load_company(project_root / "data" / "companies" / "example", folder / "data")
    con = connect_lake(settings)
    ensure_lake(con)
    loads = load_all(con, company, settings, UNTIL)
    yield Night(example, company, con, settings, loads)
    con.close()


def load_all(
    con: duckdb.DuckDBPyConnection, company: Company, settings: Settings, day: date
) -> dict[str, TableLoad]:
    """Load every table in the contracts' order, then let in what waited."""
    run = new_run(day)
    loads = {name: load_table(con, company, name, run, settings) for name in source_contracts()}
    release_waiting(con, run, settings)
    return loads


def test_every_table_loads_with_every_row_read(night: Night) -> None:
    assert {name: load.status for name, load in night.loads.items() if load.status != "loaded"} == {}
    assert {name: load.read for name, load in night.loads.items()} == night.example.rows


def test_only_the_planted_dirt_is_refused_and_for_its_reason(night: Night) -> None:
    """Row by row: what the ledger of the truth lists is what lies in quarantine, under the rule it names."""
    refused = set(
        night.con.sql(
            "SELECT row.table_name, row.source_row, reason.rule_code FROM lake.quarantine.row row"
            " JOIN lake.quarantine.reason reason USING (quarantine_id) WHERE row.status_code = 'open'"
        ).fetchall()
    )
    planted = night.example.ledger.filter("is_refused").select("table", "row_no", "rule_code")
    assert planted.height >= 12
    assert {row[:2] for row in refused} == set(planted.select("table", "row_no").rows())
    # A row may break further rules by the same wrong value.
    assert set(planted.rows()) <= refused


def test_codes_in_dates_are_kept_beside_them(night: Night) -> None:
    codes = next(one for one in night.example.planted if one.kind == "code in a date")
    kept = night.con.sql(
        "SELECT count(*), count(planned_finish_on) FROM lake.raw.raw_projects__milestones"
        " WHERE planned_finish_code = '待定'"
    ).fetchone()
    assert kept == (codes.rows, 0)


def test_exact_duplicates_are_unchanged(night: Night) -> None:
    twice = next(one for one in night.example.planted if one.kind == "duplicate")
    assert night.loads["iot__readings"].unchanged == twice.rows


def test_values_survive_encodings_zones_and_formats(night: Night) -> None:
    clean = {name: night.con.table(f"lake.raw.raw_{name}") for name in ("crm__customers", "erp__suppliers")}
    assert clean["crm__customers"].filter("name LIKE '%中学' OR name LIKE '%院'").count("*").fetchone() != (
        0,
    )
    assert clean["erp__suppliers"].filter("name LIKE '%有限公司'").count("*").fetchone() != (0,)
    # Working hours in China are 01:00 to 09:59 in UTC: a mistaken zone would show.
    hours = night.con.sql("SELECT min(hour(ordered_at)), max(hour(ordered_at)) FROM lake.raw.raw_erp__orders")
    first, last = hours.fetchone() or (None, None)
    assert first >= 1
    assert last <= 9


def test_phone_numbers_enter_encrypted(night: Night) -> None:
    rows = night.con.sql("SELECT phone, phone_token FROM lake.raw.raw_crm__contacts").fetchall()
    assert rows
    assert all(phone and token and not phone.startswith("100") for phone, token in rows)


def test_the_next_day_brings_only_its_news(night: Night) -> None:
    """The systems move on a day; the door loads what changed and finds the past as it was."""
    day = UNTIL + timedelta(days=1)
    later = write_example(night.example.files["crm__customers"].parents[1], until=day, scale=SCALE)
    run = new_run(day)
    tables = ("erp__suppliers", "projects__baselines", "projects__milestones", "iot__readings")
    loads = {name: load_table(night.con, night.company, name, run, night.settings) for name in tables}
    assert loads["erp__suppliers"].status == "unchanged"
    milestones = loads["projects__milestones"]
    assert 0 < milestones.unchanged < milestones.read
    readings = loads["iot__readings"]
    assert 0 < readings.inserted < later.rows["iot__readings"] / 5
