"""What a night reads of the forecasts' archives: what can still be judged, never the whole of it.

An archive gains rows every night for ever. A step that compares with what was told before names here from
which period on a row may still matter, or that only the first word on a subject does; what that leaves out
changes nothing in what the step makes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from lake.tables import has_history

#: Months past the newest booked one for which a word that came late may still be booked.
LATE_MONTHS = 12
BOOKED = "ml_override_backtest"
Since = Callable[[duckdb.DuckDBPyConnection, date], date | None]


@dataclass(frozen=True)
class Archive:
    """What is read of one archive.

    columns: with their types; one that the archive does not tell yet is NULL. since: the first `period_on`
    that may still matter to a night of this date, None for all. first_of: only the first row of each of these
    (by business date and publication) before the night's own date, with all of `needs` known.
    """

    columns: Mapping[str, type[pl.DataType]]
    since: Since | None = None
    first_of: str | None = None
    needs: tuple[str, ...] = ()


def this_month(con: duckdb.DuckDBPyConnection, as_of_on: date) -> date | None:
    """Peaks of earlier months have begun: nothing is told of them any more."""
    del con
    return as_of_on.replace(day=1)


def last_year(con: duckdb.DuckDBPyConnection, as_of_on: date) -> date | None:
    """What was foretold of the twelve months before this one: enough to see how far it held."""
    del con
    return as_of_on.replace(year=as_of_on.year - 1, day=1)


def unbooked(con: duckdb.DuckDBPyConnection, as_of_on: date) -> date | None:
    """Months of the archive that may still be booked: all while none is, then a year back from the newest.

    A month is booked whole by the night after it; later only for a word of a region that came late.
    """
    if not has_history(con, BOOKED):
        return None
    row = con.execute(
        f"select cast(max(period_on) - interval {LATE_MONTHS} month as date) from lake.history.{BOOKED}"
        " where booked_on <= ?",
        [as_of_on],
    ).fetchone()
    return row[0] if row else None


def read_archive(
    con: duckdb.DuckDBPyConnection, table: str, archive: Archive, as_of_on: date
) -> pl.DataFrame:
    """The rows of earlier publications that a night of `as_of_on` needs; none before the first."""
    if not has_history(con, table):
        return pl.DataFrame(schema=dict(archive.columns))
    kept = {name for name, *_ in con.execute(f"describe lake.history.{table}").fetchall()}
    named = ", ".join(name if name in kept else f"null as {name}" for name in archive.columns)
    wanted, values = ["true"], []
    since = archive.since(con, as_of_on) if archive.since is not None else None
    if since is not None:
        wanted.append("period_on >= ?")
        values.append(since)
    qualified = ""
    if archive.first_of is not None:
        wanted += ["as_of_on < ?", *(f"{name} is not null" for name in archive.needs)]
        values.append(as_of_on)
        qualified = (
            f" qualify row_number() over (partition by {archive.first_of}"
            " order by as_of_on, publication_name) = 1"
        )
    rows = con.execute(
        f"select {named} from lake.history.{table} where {' and '.join(wanted)}{qualified}", values
    ).pl()
    return rows.select(pl.col(name).cast(dtype) for name, dtype in archive.columns.items())
