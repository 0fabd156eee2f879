"""The private DuckDB file of one run: made from the last good one, thrown away unless published."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from lake.publication import pointed_to
from lake.run import RunContext
from lake.settings import LakePaths

GOOD = "good.duckdb"
#: Tables of `marts` that remember what earlier nights said; no build can compute that again from the lake.
KEPT = ("fct_customer_review", "mart_profit_restatement")

CONTEXT = """
create or replace table ops.build_context (
    run_id varchar,
    publication_name varchar,
    as_of_on date,
    snapshot_id bigint,
    reporting_currency varchar,
    time_zone varchar,
    project_hash varchar,
    rebuild_from_on date,
    rebuild_to_on date,
    pinned_at timestamp,
    checked_until_at timestamp
)
"""


OVERRIDES = "create or replace table ops.figure_override (name varchar, value decimal(18, 4))"


@dataclass(frozen=True)
class BuildContext:
    """What a build must know besides the lake: one row of `ops.build_context`.

    A backfill names the days (both included) whose roll-ups are built again though nothing new came. A run
    that builds all says when it was pinned (UTC): what was loaded until then, its tests have seen.
    """

    run_id: str
    publication_name: str
    as_of_on: str
    snapshot_id: int
    reporting_currency: str
    time_zone: str
    project_hash: str
    rebuild_from_on: str | None = None
    rebuild_to_on: str | None = None
    pinned_at: datetime | None = None
    #: The company's own choices by name in seed figure_default; they become the table `ops.figure_override`.
    defaults: dict[str, float] = field(default_factory=dict)

    @property
    def definition_hash(self) -> str:
        """Changes whenever the SQL, the time zone of the days or one of the company's own choices does."""
        own = json.dumps([self.time_zone, sorted(self.defaults.items())])
        return f"{self.project_hash}-{hashlib.sha256(own.encode()).hexdigest()[:8]}"


def build_path(paths: LakePaths, run: RunContext) -> Path:
    """The run's own build file."""
    return paths.build / f"{run.run_id}.duckdb"


def prepare_build(paths: LakePaths, build: Path, context: BuildContext) -> bool:
    """Start the run's build file from the last good one and write its context; whether there was one.

    A last good file built by other SQL, or with other choices of the company, is left aside: incremental
    models must not carry on what a changed definition would have computed otherwise. Only what it alone
    remembers is taken over; from the newest published file where the last good one is lost or damaged.
    """
    paths.build.mkdir(parents=True, exist_ok=True)
    good = paths.build / GOOD
    earlier = _context_of(good) if good.exists() else {}
    built_by = earlier.get("project_hash")
    continues = built_by == context.definition_hash
    checked_until_at = _checked_until(paths, earlier) if continues else None
    if continues:
        shutil.copyfile(good, build)
    with duckdb.connect(str(build)) as con:
        con.execute("create schema if not exists ops")
        con.execute("create schema if not exists ml")
        con.execute(CONTEXT)
        if not continues:
            _take_over(con, good if built_by is not None else _newest_published(paths))
        row = asdict(context) | {
            "project_hash": context.definition_hash,
            # A run that builds part has not tested all that was loaded before it.
            "pinned_at": context.pinned_at or checked_until_at,
            "checked_until_at": checked_until_at,
        }
        del row["defaults"]
        named = ", ".join(f"${name}" for name in row)
        con.execute(f"insert into ops.build_context ({', '.join(row)}) values ({named})", row)
        con.execute(OVERRIDES)
        for name, value in context.defaults.items():
            con.execute("insert into ops.figure_override values (?, ?)", [name, value])
    return continues


def keep_build(paths: LakePaths, build: Path) -> None:
    """Make the run's build file the last good one."""
    build.replace(paths.build / GOOD)


def discard_builds(paths: LakePaths) -> None:
    """Throw away what failed or killed runs left; only called while the writer lock is held."""
    for leftover in paths.build.glob("*.duckdb*"):
        if leftover.name != GOOD:
            leftover.unlink()


def _newest_published(paths: LakePaths) -> Path | None:
    publication = pointed_to(paths)
    path = paths.published / publication.file_name if publication else None
    return path if path and path.exists() else None


def _take_over(con: duckdb.DuckDBPyConnection, earlier: Path | None) -> None:
    """Copy the `KEPT` tables of an earlier build or published file, as far as it has them."""
    if earlier is None:
        return
    con.execute(f"attach '{earlier}' as earlier (read_only)")
    standing = con.execute(
        "select table_name from duckdb_tables() where database_name = 'earlier' and schema_name = 'marts'"
    )
    for table in {name for (name,) in standing.fetchall()}.intersection(KEPT):
        con.execute("create schema if not exists marts")
        con.execute(f"create table marts.{table} as from earlier.marts.{table}")
    con.execute("detach earlier")


def _checked_until(paths: LakePaths, earlier: dict[str, Any]) -> datetime | None:
    """Until when all that was loaded has passed its tests; None when any failed, or nobody knows."""
    publication = pointed_to(paths)
    is_well = (
        publication is not None
        and publication.run_id == earlier["run_id"]
        and publication.status_code == "ok"
    )
    return earlier.get("pinned_at") if is_well else None


def _context_of(build: Path) -> dict[str, Any]:
    """What a build file says of itself, by column; empty when it cannot be read."""
    try:
        with duckdb.connect(str(build), read_only=True) as con:
            found = con.execute("from ops.build_context")
            names = [column[0] for column in found.description]
            return dict(zip(names, found.fetchone() or (), strict=False))
    except duckdb.IOException:
        return {}  # a file cut short by a full disk: build anew rather than carry on from it
