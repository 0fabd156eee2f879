"""Broken messages of a closed batch into quarantine, with topic, bytes and reason.

A quarantined message is known by its topic and bytes: one that is sent again and again stands there once.
`row_json` is `{"source": {topic, text, payload_base64, size_bytes, sha256, received_at}, "row": null}`.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingest.company import SourceFile
from ingest.quarantine import OPEN
from ingest.sql import literal
from lake.run import RunContext

FOUND = "broken_messages"
#: Characters of a message's text shown beside its reason.
SHOWN = 200


@dataclass(frozen=True)
class BrokenLoad:
    """What became of a file of broken messages: read = quarantined + known."""

    read: int
    quarantined: int
    known: int


def enter_broken(
    con: duckdb.DuckDBPyConnection, file: SourceFile, table: str, source: str, run: RunContext, now: datetime
) -> BrokenLoad:
    """Add the file's messages to quarantine; inside the caller's transaction."""
    text = "case when is_valid then decode(payload) end"
    con.execute(
        f"create or replace temp table {FOUND} as select left(sha256(concat_ws(chr(31), {literal(table)}, "
        "topic, sha256)), 32) as quarantine_id, n, rule_code, message_zh, message_en, "
        f"left(coalesce({text}, payload::varchar), {SHOWN}) as shown, "
        f"json_object('source', json_object('topic', topic, 'text', {text}, 'payload_base64', "
        "to_base64(payload), 'size_bytes', size_bytes, 'sha256', sha256, 'received_at', "
        "received_at::varchar), 'row', NULL)::varchar as row_json "
        f"from (select *, file_row_number + 1 as n, try(decode(payload)) is not null as is_valid from "
        f"read_parquet({literal(str(file.path))}, file_row_number=true))"
    )
    read = _count(con, f"select count(*) from {FOUND}")
    con.execute(
        f"delete from {FOUND} a where exists (select 1 from {FOUND} b where "
        "b.quarantine_id = a.quarantine_id and b.n < a.n) "
        "or quarantine_id in (select quarantine_id from lake.quarantine.row "
        f"where table_name = {literal(table)})"
    )
    new = _count(con, f"select count(*) from {FOUND}")
    con.execute(
        f"insert into lake.quarantine.row by name select quarantine_id, {literal(table)} as table_name, "
        f"{literal(source)} as source_name, {literal(file.label)} as source_file, n as source_row, row_json, "
        f"{literal(run.run_id)} as run_id, timestamp {literal(now)} as quarantined_at, "
        f"{literal(OPEN)} as status_code, NULL::varchar as closed_run_id, NULL::timestamp as closed_at "
        f"from {FOUND}"
    )
    con.execute(
        f"insert into lake.quarantine.reason by name select quarantine_id, {literal(table)} as table_name, "
        f"'' as column_name, rule_code, shown as value, message_zh, message_en from {FOUND}"
    )
    return BrokenLoad(read, new, read - new)


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return con.execute(query).fetchone()[0]  # type: ignore[index] - an aggregate has one row
