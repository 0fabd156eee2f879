"""Making a publication: copy a tested build's file, record it in the lake, switch the pointer.

In that order: a kill after any step leaves the last good publication served, and the next run mends the rest.
"""

import shutil
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import duckdb
import pyarrow as pa

from lake.contracts import dictionary
from lake.publication import Publication, current_publication, point_to
from lake.run import RunContext, utc_now
from lake.settings import Settings

#: What readers ask; the build's other schemas are its workings.
PUBLISHED_SCHEMAS = ("marts", "ml", "ops")
#: What the build itself knows and readers ask: the SQL of models, the business date that figures count from.
PUBLISHED_OPERATIONS = ("model", "build_context")
#: A file with so much free space is worth writing anew.
FREE_SHARE = 0.25
COPIED_OPERATIONS = ("run", "load", "loaded_file", "check_result", "publication", "figure")

#: The lines of figures: every month end, and each day of the last 90; of a repeated day what was said last.
FIGURE_VALUE = """
from lake.history.figure_value
qualify
    row_number() over (
        partition by figure_id, version, as_of_on order by recorded_at desc, publication_name desc
    ) = 1
    and (
        as_of_on > max(as_of_on) over () - 90
        or as_of_on = max(as_of_on) over (partition by figure_id, version, last_day(as_of_on))
    )
order by figure_id, version, as_of_on
"""

DICTIONARY = pa.schema(
    [
        (name, pa.string())
        for name in (
            "table_name",
            "column_name",
            "type",
            "unit",
            "classification_code",
            "name_zh",
            "name_en",
            "meaning_zh",
            "meaning_en",
        )
    ]
)

FRESHNESS = """
create table ops.freshness as
select
    table_name,
    max(finished_at) filter (status_code in ('loaded', 'unchanged')) as loaded_at,
    max(data_until_at) as data_until_at,
    arg_max(status_code, finished_at) as status_code,
    arg_max(message, finished_at) as message
from ops.load
group by table_name
"""

QUARANTINE_REASON = """
select
    reason.table_name,
    reason.column_name,
    reason.rule_code,
    any_value(reason.message_zh order by source_row.source_file, source_row.source_row) as message_zh,
    any_value(reason.message_en order by source_row.source_file, source_row.source_row) as message_en,
    count(*) as row_count,
    list(
        {
            'source_file': source_row.source_file,
            'source_row': source_row.source_row,
            'value': reason.value
        }
        order by source_row.source_file, source_row.source_row
    )[:5] as samples,
    min(source_row.quarantined_at) as first_quarantined_at
from lake.quarantine.reason as reason
inner join lake.quarantine.row as source_row using (quarantine_id)
where source_row.status_code = 'open'
group by reason.table_name, reason.column_name, reason.rule_code
"""

#: Of each table the newest rows that wait, and all that somebody decided about; whole, for the page that
#: puts them right. What is personal in them is ciphertext.
OPEN_ROWS_SHOWN = 500
QUARANTINE_ROW = f"""
with
reasons as (
    select
        quarantine_id,
        list(
            {{
                'column_name': column_name,
                'rule_code': rule_code,
                'value': value,
                'message_zh': message_zh,
                'message_en': message_en
            }}
            order by column_name, rule_code
        ) as told
    from lake.quarantine.reason
    group by quarantine_id
),

again as (
    select
        quarantine_id,
        list({{'message_zh': message_zh, 'message_en': message_en}} order by column_name, rule_code) as told
    from lake.quarantine.replay_reason
    group by quarantine_id
)

select
    source_row.quarantine_id,
    source_row.table_name,
    source_row.source_name,
    source_row.source_file,
    source_row.source_row,
    source_row.row_json,
    source_row.quarantined_at,
    source_row.status_code,
    source_row.decision_id,
    source_row.closed_at,
    reasons.told as reasons,
    again.told as replay_reasons
from lake.quarantine.row as source_row
left join reasons using (quarantine_id)
left join again using (quarantine_id)
where source_row.status_code = 'open' or source_row.decision_id is not null
qualify
    source_row.decision_id is not null
    or row_number() over (
        partition by source_row.table_name, source_row.decision_id is null
        order by source_row.quarantined_at desc, source_row.source_file, source_row.source_row,
            source_row.quarantine_id
    ) <= {OPEN_ROWS_SHOWN}
order by source_row.table_name, source_row.source_file, source_row.source_row, source_row.quarantine_id
"""


def publication_name(con: duckdb.DuckDBPyConnection, run: RunContext) -> str:
    """The name the run's publication will carry: `night-<date>`, `.2` and so on for a repeated date."""
    if run.kind == "refresh":
        return f"refresh-{run.started_at:%Y%m%dT%H%M%SZ}"
    stem = f"night-{run.as_of_on.isoformat()}"
    taken = {name for (name,) in con.execute("select name from lake.ops.publication").fetchall()}
    number = 1
    while (name := stem if number == 1 else f"{stem}.{number}") in taken:
        number += 1
    return name


def publish(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    publication: Publication,
    build_file: Path,
    record: Callable[[duckdb.DuckDBPyConnection], None],
) -> None:
    """Publish `build_file` as `publication`.

    `con` writes the lake; `record` writes what the run leaves there (run, checks, forecasts) and runs inside
    the same transaction as the publication's own row, so the lake never holds one without the other.
    """
    directory = settings.paths.published
    directory.mkdir(parents=True, exist_ok=True)
    con.execute("begin")
    try:
        record(con)
        con.execute("insert into lake.ops.publication values (?, ?, ?, ?, ?, ?, ?, ?)", astuple(publication))
        con.execute("call lake.set_commit_message('gantry', ?)", [f"publish {publication.name}"])
        _write_file(con, build_file, directory / publication.file_name, publication.name)
        con.execute("commit")
    except Exception:
        con.execute("rollback")
        raise
    point_to(settings.paths, publication)


def mend_pointer(settings: Settings, con: duckdb.DuckDBPyConnection) -> Publication | None:
    """Point readers to the newest recorded publication when a kill fell between recording and pointing.

    Returns the publication now pointed to when something had to be mended.
    """
    row = con.execute(
        "select name, snapshot_id, as_of_on, kind_code, status_code, published_at, run_id, file_name"
        " from lake.ops.publication order by published_at desc, name desc limit 1"
    ).fetchone()
    if row is None:
        return None
    newest = Publication(*row)
    if current_publication(settings) == newest or not (settings.paths.published / newest.file_name).exists():
        return None
    point_to(settings.paths, newest)
    return newest


def new_publication(
    con: duckdb.DuckDBPyConnection, run: RunContext, *, name: str, snapshot_id: int, status_code: str
) -> Publication:
    """The record of a publication about to be made."""
    kind = "refresh" if run.kind == "refresh" else "night"
    return Publication(
        name, snapshot_id, run.as_of_on, kind, status_code, utc_now(), run.run_id, f"{name}.duckdb"
    )


def _write_file(con: duckdb.DuckDBPyConnection, build_file: Path, target: Path, name: str) -> None:
    """Write the file through a connection of its own: one DuckDB transaction writes one database only.

    The build's file is copied as it is, a tenth of the time that writing its tables anew takes; what is
    dropped from the copy stays as free space until `compact`.
    """
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    shutil.copyfile(build_file, draft)
    with duckdb.connect(str(draft)) as writer:
        _drop_workings(writer)
        for table in COPIED_OPERATIONS:
            _copy(writer, f"ops.{table}", con.execute(f"from lake.ops.{table}").to_arrow_table())
        own_run = con.execute("from lake.ops.figure_run where publication_name = ?", [name]).to_arrow_table()
        _copy(writer, "ops.figure_run", own_run)
        _copy(writer, "ops.figure_value", con.execute(FIGURE_VALUE).to_arrow_table())
        versions = con.execute("from lake.history.figure_version order by figure_id, version")
        _copy(writer, "ops.figure_version", versions.to_arrow_table())
        _copy(writer, "ops.quarantine_reason", con.execute(QUARANTINE_REASON).to_arrow_table())
        _copy(writer, "ops.quarantine_row", con.execute(QUARANTINE_ROW).to_arrow_table())
        _copy(writer, "ops.dictionary", pa.Table.from_pylist(dictionary_rows(), schema=DICTIONARY))
        writer.execute(FRESHNESS)
    draft.replace(target)


def _drop_workings(writer: duckdb.DuckDBPyConnection) -> None:
    """Leave nothing of a build but what is published."""
    for schema in PUBLISHED_SCHEMAS:
        writer.execute(f"create schema if not exists {schema}")
    # Views first: they stand on what goes.
    for view in _names(writer, "duckdb_views()", "view_name"):
        writer.execute(f"drop view {view}")
    workings = writer.execute(
        "select schema_name from duckdb_schemas() where database_name = current_database() and not internal"
        " and schema_name <> 'main' and not list_contains(?, schema_name)",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()
    for (schema,) in workings:
        writer.execute(f'drop schema "{schema}" cascade')
    published = [f'"ops"."{name}"' for name in PUBLISHED_OPERATIONS]
    for table in _names(writer, "duckdb_tables()", "table_name"):
        if table.startswith('"ops".') and table not in published:
            writer.execute(f"drop table {table}")


def compact(path: Path) -> bool:
    """Write a published file anew where a quarter of it or more is free space; whether it was.

    Who reads it now goes on reading the old one; a kill leaves it as it was.
    """
    with duckdb.connect(str(path), read_only=True) as con:
        total, free = con.execute("select total_blocks, free_blocks from pragma_database_size()").fetchone()
    if free < total * FREE_SHARE:
        return False
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{path}' as wide (read_only)")
        con.execute(f"attach '{draft}' as tight")
        con.execute("copy from database wide to tight")
    draft.replace(path)
    return True


def _copy(writer: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    writer.register("rows_to_copy", rows)
    writer.execute(f"create table {table} as from rows_to_copy")
    writer.unregister("rows_to_copy")


def dictionary_rows() -> list[dict[str, str | None]]:
    """The data dictionary as `ops.dictionary` keeps it: one row per column of every contract."""
    return [
        {
            "table_name": row.table_name,
            "column_name": row.column_name,
            "type": row.type,
            "unit": row.unit,
            "classification_code": row.classification,
            "name_zh": row.label_zh,
            "name_en": row.label_en,
            "meaning_zh": row.meaning_zh,
            "meaning_en": row.meaning_en,
        }
        for row in dictionary.dictionary_rows()
    ]


def _names(con: duckdb.DuckDBPyConnection, listing: str, column: str) -> list[str]:
    rows = con.execute(f"select schema_name, {column} from {listing} where not internal").fetchall()
    return [f'"{schema}"."{name}"' for schema, name in rows]
