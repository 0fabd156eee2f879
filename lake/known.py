"""What was known when: an earlier state of the marts, from its published file or, once that is gone, history.

And below the marts: the rows of a raw table as the lake had them at a moment, and how chosen columns of its
rows changed (baselines and dates of milestones, budgets).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date

import duckdb

from lake.connection import connect_lake
from lake.contracts import Contract
from lake.publication import (
    Publication,
    PublicationError,
    connect_publication,
    current_publication,
    find_publication,
    list_publications,
)
from lake.settings import Settings
from lake.text import text

KEPT = """
select table_name, publication_name, as_of_on
from lake.history.kept_month
where as_of_on <= ?
qualify month_end_on = max(month_end_on) over ()
order by table_name
"""


@dataclass(frozen=True)
class Known:
    """A connection on what was known, and where it comes from: a publication's file, or a kept month end."""

    con: duckdb.DuckDBPyConnection
    publication_name: str
    as_of_on: date
    is_from_history: bool


def open_known_at(settings: Settings, asked: str | None) -> Known:
    """What was known at a publication's name or a date; None is now. The caller closes the connection.

    A date without a publication of its own means the newest one before it. Where the file has been cleaned
    up, the newest kept month end up to the date stands in, with its marts alone. Raises PublicationError when
    neither is there.
    """
    publication = _publication_at(settings, asked)
    if (settings.paths.published / publication.file_name).exists():
        con = connect_publication(settings, publication.name)
        return Known(con, publication.name, publication.as_of_on, is_from_history=False)
    return _from_history(settings, publication)


def known_rows(contract: Contract, moment: str) -> str:
    """SQL for the rows of a raw table as the lake had them at `moment` (a UTC timestamp expression).

    Needs the lake attached as `lake`. A row that a later run replaced is taken from history.
    """
    columns = ", ".join(f'"{name}"' for name in [*_columns(contract), "_run_id", "_loaded_at"])
    return (
        f"select {columns} from lake.raw.{contract.raw_table} where _loaded_at <= {moment}"
        f" union all by name select {columns} from lake.history.{contract.raw_table}"
        f" where _loaded_at <= {moment} and {moment} < _superseded_at"
    )


def known_versions(contract: Contract, columns: Sequence[str]) -> str:
    """SQL for how `columns` of each row changed: key, columns, `known_from_at`, `known_to_at` (NULL: now).

    Grain: one row per key and state of these columns; spans of a key touch and never overlap. A change of any
    other column opens no row.
    """
    key = ", ".join(f'"{name}"' for name in contract.key)
    listed = ", ".join(f'"{name}"' for name in columns)
    state, any_of = f"row({listed})", ", ".join(f'any_value("{name}") as "{name}"' for name in columns)
    by_key = f"partition by {key} order by _loaded_at, _until nulls last"
    return (
        f"with states as (select {key}, {listed}, _loaded_at, null::timestamp as _until"
        f" from lake.raw.{contract.raw_table} union all select {key}, {listed}, _loaded_at, _superseded_at"
        f" from lake.history.{contract.raw_table}),"
        f" marked as (select *, {state} is distinct from lag({state}) over ({by_key})"
        f" or row_number() over ({by_key}) = 1 as is_new from states),"
        f" numbered as (select *, sum(is_new::integer) over ({by_key}) as state_no from marked)"
        f" select {key}, {any_of},"
        " min(_loaded_at) as known_from_at,"
        " case when count(*) = count(_until) then max(_until) end as known_to_at"
        f" from numbered group by {key}, state_no order by {key}, known_from_at"
    )


def _columns(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns]


def _publication_at(settings: Settings, asked: str | None) -> Publication:
    newest = current_publication(settings)
    day = _date(asked)
    if newest is None or asked is None or day is None:
        return find_publication(settings, asked)
    if newest.as_of_on <= day:
        return newest
    before = [each for each in list_publications(settings) if each.as_of_on <= day]
    if not before:
        raise PublicationError(text("lake.nothing_known", settings.language, day=day))
    return max(before, key=lambda each: (each.as_of_on, each.published_at, each.name))


def _from_history(settings: Settings, publication: Publication) -> Known:
    """The kept marts in a connection of their own: readers hold no lock on the lake."""
    with closing(connect_lake(settings, read_only=True)) as lake:
        kept = lake.execute(KEPT, [publication.as_of_on]).fetchall()
        if not kept:
            raise PublicationError(text("lake.publication_cleaned", settings.language, name=publication.name))
        con = duckdb.connect()
        con.execute("set timezone = 'UTC'")
        con.execute("create schema marts")
        for table, name, _ in kept:
            rows = lake.execute(
                f"select * exclude (_publication_name, _month_end_on) from lake.history.{table}"
                " where _publication_name = ?",
                [name],
            ).to_arrow_table()
            con.register("kept_rows", rows)
            con.execute(f"create table marts.{table} as from kept_rows")
            con.unregister("kept_rows")
    _, name, as_of_on = kept[0]
    return Known(con, name, as_of_on, is_from_history=True)


def _date(asked: str | None) -> date | None:
    try:
        return date.fromisoformat(asked) if asked else None
    except ValueError:
        return None
