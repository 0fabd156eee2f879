"""Month ends: what the last publication of each month said, kept in the lake for ever.

At the first publication of a new month the marts of the month before are copied from its last published
file. A column that a mart has gained since is added; one whose type changed is read into the kept type, NULL
where it cannot be.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from ingest.sql import quoted
from lake.run import utc_now
from lake.settings import Settings
from pipelines.figure_history import append

KEPT = "history.kept_month"
#: A mart above this many rows is kept only when its meta says `keep: month_end`.
KEPT_ROWS = 200_000
ALWAYS, NEVER = "month_end", "never"
LAST_OF_EACH_MONTH = """
select last_day(as_of_on), as_of_on, name, file_name
from lake.ops.publication
where as_of_on < ?
qualify
    row_number() over (
        partition by last_day(as_of_on) order by as_of_on desc, published_at desc, name desc
    ) = 1
order by as_of_on
"""


def keep_month_ends(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of_on: date, manifest: Mapping[str, Any]
) -> list[str]:
    """Keep every month before that of `as_of_on` that has a published file and is not kept yet.

    Inside the publication's transaction; returns the names of the publications that were kept.
    """
    done = {month for (month,) in con.execute(f"select distinct month_end_on from lake.{KEPT}").fetchall()}
    kept = []
    wishes = keep_wishes(manifest)
    for month_end, last_on, name, file_name in con.execute(
        LAST_OF_EACH_MONTH, [as_of_on.replace(day=1)]
    ).fetchall():
        path = settings.paths.published / file_name
        if month_end in done or not path.exists():
            continue
        with duckdb.connect(str(path), read_only=True) as published:
            rows = [
                {
                    "table_name": table,
                    "month_end_on": month_end,
                    "as_of_on": last_on,
                    "publication_name": name,
                    "row_count": _keep(con, published, table, name, month_end),
                    "kept_at": utc_now(),
                }
                for table in _marts(published, wishes)
            ]
        append(con, KEPT, rows)
        kept.append(name)
    return kept


def keep_wishes(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What models say in `meta.keep`: month_end (whatever its size) or never."""
    nodes = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    metas = {node["name"]: node.get("config", {}).get("meta") or node.get("meta") or {} for node in nodes}
    return {name: meta["keep"] for name, meta in metas.items() if "keep" in meta}


def month_end_of(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _marts(published: duckdb.DuckDBPyConnection, wishes: Mapping[str, str]) -> Iterator[str]:
    for name, rows in published.execute(
        "select table_name, estimated_size from duckdb_tables()"
        " where schema_name = 'marts' and starts_with(table_name, 'mart_') order by table_name"
    ).fetchall():
        wish = wishes.get(name)
        if wish == ALWAYS or (wish != NEVER and rows <= KEPT_ROWS):
            yield name


def _keep(
    con: duckdb.DuckDBPyConnection,
    published: duckdb.DuckDBPyConnection,
    table: str,
    publication: str,
    month_end: date,
) -> int:
    rows: pa.Table = published.execute(f"from marts.{table}").to_arrow_table()
    target = f"lake.history.{table}"
    con.register("month_end_rows", rows)
    try:
        con.execute(
            f"create table if not exists {target} as select *, null::varchar as _publication_name,"
            " null::date as _month_end_on from month_end_rows limit 0"
        )
        kept = _columns(con, f"describe {target}")
        for name, kind in _columns(con, "describe from month_end_rows").items():
            if name not in kept:
                con.execute(f"alter table {target} add column {quoted(name)} {kind}")
                kept[name] = kind
        values = ", ".join(
            f"try_cast({quoted(name)} as {kept[name]}) as {quoted(name)}" for name in rows.column_names
        )
        con.execute(
            f"insert into {target} by name select {values}, ? as _publication_name, ?::date as _month_end_on"
            " from month_end_rows",
            [publication, month_end],
        )
    finally:
        con.unregister("month_end_rows")
    return rows.num_rows


def _columns(con: duckdb.DuckDBPyConnection, question: str) -> dict[str, str]:
    return {row[0]: row[1] for row in con.execute(question).fetchall()}
