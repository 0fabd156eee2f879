"""The door's part of a night: load a table, profile the batch, and say what was checked."""

from datetime import UTC, date, datetime

from ingest.company import load_company
from ingest.door import TableLoad, load_table, release_waiting
from ingest.profile import profile_checks
from lake.checks import CheckResult
from lake.connection import connect_lake
from lake.contracts import Contract, load_contracts
from lake.lock import writer_lock
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake
from pipelines.business_date import business_date
from pipelines.decisions import with_decisions
from pipelines.night import Night


def load_one(night: Night, contract: Contract) -> tuple[TableLoad, list[CheckResult]]:
    """Load one raw table and check it; what was found is kept for the publication as well."""
    load = load_table(night.con, night.company, contract.name, night.run, night.settings)
    checks = [state_check(contract, load)]
    if load.status == "loaded":
        checks += profile_checks(night.con, contract, night.run)
    night.loads.append(load)
    night.checks += checks
    return load, checks


def release(night: Night) -> None:
    """Let in what waited for a parent that has come by now."""
    night.loads += release_waiting(night.con, night.run, night.settings)


def state_check(contract: Contract, load: TableLoad) -> CheckResult:
    """Whether the table is as its source says, with both sides of the row equation."""
    accounted = load.inserted + load.updated + load.unchanged + load.quarantined
    return CheckResult(
        check_name="loaded",
        asset_name=contract.raw_table,
        severity_code="error",
        is_passed=load.is_well,
        expected=f"read {load.read}",
        actual=f"{load.status}: {accounted}",
        message=load.message,
    )


def ingest_all(settings: Settings, asked: date | None) -> list[TableLoad]:
    """Only the door: every table of the company, then what waited; nothing is built or published."""
    company = with_decisions(
        load_company(settings.company, settings.data, language=settings.language), settings
    )
    run = new_run(business_date(company, asked, datetime.now(UTC)), "ingest")
    with writer_lock(settings, "gantry ingest"), connect_lake(settings) as con:
        ensure_lake(con)
        loads = [load_table(con, company, name, run, settings) for name in load_contracts()]
        return loads + release_waiting(con, run, settings)
