"""The door's part of a night: load a table, profile the batch, and say what was checked."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

from ingest.company import load_company
from ingest.door import TableLoad, book, load_tables, release_waiting
from ingest.intake.loading import load_closed
from ingest.ledger import LOADED, NO_SOURCE, UNCHANGED, Past
from ingest.profile import profile_checks
from ingest.sessions import looking
from lake.checks import CheckResult
from lake.connection import connect_lake
from lake.contracts import Contract, load_contracts
from lake.lock import writer_lock
from lake.owner import claim
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake
from pipelines.business_date import business_date
from pipelines.corrections import replay_corrected
from pipelines.decisions import only_decisions, with_decisions
from pipelines.night import Night
from pipelines.refreshes import DECISION_REFRESHES
from pipelines.source_health import REACHED, freshness_checks, health_of

#: Loads that write nothing by themselves.
QUIET = (UNCHANGED, NO_SOURCE)


Loaded = tuple[Contract, TableLoad, list[CheckResult]]


def load_domain(night: Night, contracts: Sequence[Contract]) -> list[Loaded]:
    """Load raw tables in their order, then check them; what was found is kept for the publication as well."""
    raw_tables = {contract.name: contract.raw_table for contract in contracts}
    loads = load_tables(
        night.con,
        night.company,
        list(raw_tables),
        night.run,
        night.settings,
        night.past,
        started=lambda name: night.progress.start(raw_tables[name]),
    )
    night.loads += loads
    for raw_table in raw_tables.values():
        night.progress.finish(raw_table)
    came = [each for each, load in zip(contracts, loads, strict=True) if load.status == LOADED]
    with looking(night.con):
        profiles = profile_checks(night.con, came, night.run) if came else {}
    found = []
    for contract, load in zip(contracts, loads, strict=True):
        checks = [state_check(contract, load)]
        if contract.name in profiles:
            checks.append(profiles[contract.name])
        found.append((contract, load, checks))
        night.checks += checks
    return found


def load_intake(night: Night) -> list[TableLoad]:
    """What devices and phones sent since the last run; in a refresh, as far as it is about that."""
    tables = night.refresh.tables if night.refresh else None
    loads = load_closed(night.con, night.run, night.settings, tables)
    night.loads += loads
    night.checks += [state_check(load_contracts()[load.table], load) for load in loads]
    return loads


def load_decisions(night: Night) -> list[TableLoad]:
    """In a refresh of decisions, what people decided since; a night loads it with everything else."""
    if night.refresh not in DECISION_REFRESHES:
        return []
    part = only_decisions(night.company)
    loads = load_tables(night.con, part, list(part.tables), night.run, night.settings, night.past)
    night.loads += loads
    night.checks += [state_check(load_contracts()[load.table], load) for load in loads]
    return loads


def release(night: Night, replayable: Collection[str]) -> None:
    """Note the tables without news, let in what people corrected, and what waited for a parent that has come.

    A refresh of decisions lets corrected rows into the `replayable` tables, of which it builds all that
    depends on them; into others rows come with the night.
    """
    book(night.con, [load for load in night.loads if load.status in QUIET], night.run)
    if night.is_partial:
        if night.refresh in DECISION_REFRESHES:
            night.loads += replay_corrected(night.con, night.run, night.settings, replayable)
    else:
        night.loads += replay_corrected(night.con, night.run, night.settings)
        night.loads += release_waiting(night.con, night.run, night.settings)


def look_after_sources(night: Night) -> None:
    """Find how the sources stand after all loads; breaches of their targets are told with the checks."""
    reached = dict(night.con.execute(REACHED).fetchall())
    night.health = health_of(night.company, night.loads, reached, night.run.as_of_on)
    night.checks += freshness_checks(night.health)


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
    """Only the door: every table of the company, the intake's batches, then what waited.

    Nothing is built or published.
    """
    company = with_decisions(
        load_company(settings.company, settings.data, language=settings.language), settings
    )
    run = new_run(business_date(company, asked, datetime.now(UTC)), "ingest")
    with writer_lock(settings, "gantry ingest"), connect_lake(settings) as con:
        ensure_lake(con)
        claim(con, settings, run.run_id)
        past = Past.read(con)
        fed = [name for name in load_contracts() if name in company.tables]
        loads = load_tables(con, company, fed, run, settings, past)
        book(con, [load for load in loads if load.status in QUIET], run)
        loads += load_closed(con, run, settings)
        return loads + replay_corrected(con, run, settings) + release_waiting(con, run, settings)
