"""A batch's profile: measured set-wise in DuckDB at the door, kept in `ops.profile`, judged against earlier loads."""

from datetime import date, datetime, time, timedelta

import duckdb

from ingest.sql import literal, quoted
from lake.contracts import Contract
from lake.run import RunContext

#: Dates that say when something is meant to happen, not that data reached so far.
INTENDED = (
    "planned",
    "promised",
    "current_promised",
    "requested",
    "forecast",
    "due",
    "ends",
    "expected",
    "valid",
    "retention",
)


def data_until(
    con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, as_of_on: date
) -> datetime | None:
    """The newest moment up to the business date that the rows tell of; None where they have no dates."""
    columns = [
        column
        for column in contract.columns
        if column.type in ("DATE", "TIMESTAMP") and not column.name.startswith(INTENDED)
    ]
    if not columns:
        return None
    limit = literal(datetime.combine(as_of_on + timedelta(days=1), time()).isoformat(sep=" "))
    newest = ", ".join(
        f"max({quoted(column.name)}) filter ({quoted(column.name)} < timestamp {limit})::timestamp"
        for column in columns
    )
    row = con.execute(f"select {newest} from {relation}").fetchone()
    return max((value for value in row or () if value is not None), default=None)


def write_profile(
    con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, rows_read: int, run: RunContext
) -> None:
    """Measure `relation` and add it to `ops.profile`; inside the caller's transaction."""
