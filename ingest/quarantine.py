"""Rows that may not enter, kept whole with their reasons, and closed when they were repaired at the source.

`quarantine.row.row_json` is `{"source": {source column: text}, "row": {contract column: text}}`: the source
row
for replay, and the mapped values as far as they could be read; «row» is null for a row of the wrong shape,
whose
source is `{"_line": text}`. Personal values are ciphertexts there and in the reasons, and so are source
columns
that the mapping does not use, of tables that have personal columns: nobody has said what is in them.
"""

import duckdb
import pyarrow as pa

from ingest.faults import SAME_ROW, Faults
from ingest.merge import identity, protected, raw_names
from ingest.problems import folded
from ingest.protect import Protector, protect
from ingest.rules import MALFORMED_ROW
from ingest.sql import expression_columns, literal, quoted
from ingest.staged import FeedPart
from ingest.staging import IDS, Batch
from lake.contracts import Contract
from lake.text import both

OPEN, RELEASED, REPAIRED = "open", "released", "repaired"
#: Another version of the row has come since, and is no better.
SUPERSEDED = "superseded"
#: A person decided: its correction has entered, or it is as its source means it and stays out.
REPLAYED, IGNORED = "replayed", "ignored"
#: What a source sends again unchanged does not undo what was decided about it.
_SETTLED = f"({', '.join(literal(status) for status in (OPEN, REPLAYED, IGNORED))})"


class Quarantine:
    """The quarantined rows of one batch; `collect` reads, `write` stores inside the caller's transaction."""

    def __init__(self, batch: Batch, faults: Faults, protector: Protector | None) -> None:
        self.batch, self.faults, self.protector = batch, faults, protector
        self.con, self.contract = batch.con, batch.contract
        self.rows, self.reasons = batch.name("q_rows"), batch.name("q_reasons")
        self.has_personal = any(column.is_personal for column in batch.contract.columns)

    def collect(self) -> None:
        """Bring the faulty rows' originals together, protected, with their ids."""
        ids = self.batch.name("q_ids")
        self.con.execute(
            f"create or replace temp table {ids} as select distinct {IDS} from {self.faults.table}"
        )
        self.batch.bring_source_rows(ids)
        mapped = self._mapped(ids)
        selects = [self._part_rows(part, ids, mapped) for part in self.batch.parts if part.relation]
        selects.append(self._malformed_rows())
        all_rows = self.batch.name("q_all")
        self.con.execute(
            f"create or replace temp table {all_rows} (_file_no integer, _n bigint, _part integer, "
            "plain varchar, "
            "source varchar, mapped varchar)"
        )
        for select in filter(None, selects):
            self.con.execute(f"insert into {all_rows} {select}")
        salt = self.protector.salt if self.protector else "gantry"
        numbered = f"row_number() over (partition by plain order by {IDS})"
        self.con.execute(
            f"create or replace temp table {self.rows} as select left(sha256(concat_ws(chr(31), "
            f"{literal(salt)}, "
            f"{literal(self.contract.name)}, plain, {numbered})), 32) as quarantine_id, {IDS}, "
            "'{\"source\": ' || source || ', \"row\": ' || coalesce(mapped, 'null') || '}' as row_json "
            f"from {all_rows}"
        )
        self._collect_reasons()

    def _mapped(self, ids: str) -> str:
        """Table of the contract values of the faulty rows as JSON text, protected."""
        faulty = self.batch.name("q_faulty")
        rows = []
        for part in self.batch.parts:
            if not part.relation:
                continue
            values = ", ".join(f"{plan.value} as {quoted(plan.name)}" for plan in part.plans)
            where = f"where {part.feed.filter}" if part.feed.filter else ""
            # The values first and then the choice: some look at other rows of the file.
            rows.append(
                f"select a.* from (select {IDS}, {values} from {part.relation} {where}) a "
                f"semi join {ids} b on {SAME_ROW}"
            )
        columns = ", ".join(
            f"NULL::{column.type} as {quoted(column.name)}" for column in self.contract.columns
        )
        nothing = f"select _file_no, _n, _part, {columns} from {ids} where false"
        self.con.execute(f"create or replace temp table {faulty} as {' union all '.join(rows or [nothing])}")
        relation = protected(self.con, self.contract, faulty, self.protector)
        fields = ", ".join(f"{quoted(name)} := {quoted(name)}::varchar" for name in raw_names(self.contract))
        table = self.batch.name("q_mapped")
        self.con.execute(
            f"create or replace temp table {table} as select {IDS}, to_json(struct_pack({fields})) "
            f"as mapped from {relation}"
        )
        return table

    def _part_rows(self, part: FeedPart, ids: str, mapped: str) -> str | None:
        source = self.batch.name(f"q_source{part.number}")
        texts = ", ".join(f"{quoted(name)}::varchar as {quoted(name)}" for name in part.types)
        files = ", ".join(str(file_no) for file_no, _ in part.files)
        self.con.execute(
            f"create or replace temp table {source} as select {IDS}, {texts} from {part.relation} a "
            f"semi join {ids} b on {SAME_ROW} where _file_no in ({files})"
        )
        plain = _json({name: f"a.{quoted(name)}" for name in part.types})
        shown, joins = plain, ""
        hidden = self._hidden_columns(part)
        if hidden and self.protector is not None:
            table = protect(self.con, self.protector, source, [quoted(name) for name in hidden])
            values = {name: f"a.{quoted(name)}" for name in part.types}
            for position, name in enumerate(hidden):
                joins += f" left join {table} h{position} on h{position}.value = a.{quoted(name)}"
                values[name] = f"h{position}.cipher"
            shown = _json(values)
        return (
            f"select a._file_no, a._n, a._part, {plain}, {shown}, m.mapped from {source} a "
            f"join {mapped} m on a._file_no = m._file_no and a._n = m._n and a._part = m._part{joins}"
        )

    def _hidden_columns(self, part: FeedPart) -> list[str]:
        """Source columns that a personal contract column is made from, and those that none is made from."""
        if not self.has_personal:
            return []
        used: set[str] = {folded(name) for name in part.feed.key}
        personal: set[str] = set()
        for column_map in part.feed.columns:
            names = {folded(name) for name in (column_map.column, *column_map.key_from) if name}
            names |= {folded(name) for name in (expression_columns(column_map.sql) if column_map.sql else ())}
            used |= names
            if self.contract.column(column_map.name).is_personal:
                personal |= names
        return [name for name in part.types if folded(name) in personal or folded(name) not in used]

    def _malformed_rows(self) -> str | None:
        if not self.batch.malformed:
            return None
        lines = [row.line for _, row in self.batch.malformed]
        shown = self.protector.encrypt(lines) if self.has_personal and self.protector else lines
        frame = pa.table(
            {
                "file_no": pa.array([file_no for file_no, _ in self.batch.malformed], type=pa.int32()),
                "n": pa.array([row.number for _, row in self.batch.malformed], type=pa.int64()),
                "plain": pa.array(lines, type=pa.string()),
                "shown": pa.array(shown, type=pa.string()),
                "error": pa.array([row.error for _, row in self.batch.malformed], type=pa.string()),
            }
        )
        table = self.batch.name("q_malformed")
        self.con.register("malformed_frame", frame)
        self.con.execute(f"create or replace temp table {table} as select * from malformed_frame")
        self.con.unregister("malformed_frame")
        return f"select file_no, n, -1, plain, to_json(struct_pack(_line := shown)), NULL from {table}"

    def _collect_reasons(self) -> None:
        value = "f.value"
        joins = ""
        personal = [column.name for column in self.contract.columns if column.is_personal]
        if personal and self.protector is not None:
            table = protect(self.con, self.protector, self.faults.table, ["value"])
            is_personal = " or ".join(
                f"list_contains(string_split(f.column_name, ', '), {literal(name)})" for name in personal
            )
            value, joins = (
                f"case when {is_personal} then h.cipher else f.value end",
                f" left join {table} h on h.value = f.value",
            )
        self.con.execute(
            f"create or replace temp table {self.reasons} as select q.quarantine_id, f.column_name, "
            "f.rule_code, "
            f"{value} as value, f.message_zh, f.message_en from {self.faults.table} f join {self.rows} q on "
            f"q._file_no = f._file_no and q._n = f._n and q._part = f._part{joins}"
        )
        if self.batch.malformed:
            message = both("ingest.reason_malformed_row", error="{error}")
            zh, en = (
                f"replace({literal(message[language])}, '{{error}}', m.error)" for language in ("zh", "en")
            )
            self.con.execute(
                f"insert into {self.reasons} select q.quarantine_id, '', {literal(MALFORMED_ROW)}, "
                f"left(m.shown, 200), {zh}, {en} "
                f"from {self.batch.name('q_malformed')} m join {self.rows} q "
                "on q._file_no = m.file_no and q._n = m.n and q._part = -1"
            )

    # -- inside the transaction ------------------------------------------------------------------

    def write(self, run_id: str, now: object, accepted: str) -> None:
        """Store new rows, reopen known ones, close repaired ones; `accepted` are the rows that entered."""
        labels = f"[{', '.join(literal(file.label) for file in self.batch.files)}]"
        known = (
            "(select quarantine_id, status_code from lake.quarantine.row "
            f"where table_name = {literal(self.contract.name)})"
        )
        has_any = self.con.execute(f"select 1 from {known} limit 1").fetchone() is not None
        if self.con.execute(f"select 1 from {self.rows} limit 1").fetchone() is None:
            # Nothing was refused, as on most nights: to insert nothing into the lake takes as long as rows.
            if has_any:
                self._close(run_id, now, accepted)
            return
        fresh = f"anti join {known} k on k.quarantine_id = q.quarantine_id" if has_any else ""
        self.con.execute(
            "insert into lake.quarantine.row by name select q.quarantine_id, "
            f"{literal(self.contract.name)} as table_name, "
            f"{literal(self.batch.table_map.source_name)} as source_name, {labels}[q._file_no + 1] "
            "as source_file, "
            f"q._n as source_row, q.row_json, {literal(run_id)} as run_id, timestamp {literal(now)} "
            "as quarantined_at, "
            f"{literal(OPEN)} as status_code, NULL::varchar as closed_run_id, NULL::timestamp as closed_at "
            f"from {self.rows} q {fresh}"
        )
        if has_any:
            self._reopen()
            self._close(run_id, now, accepted)
        self._write_reasons(has_any)

    def _reopen(self) -> None:
        closed = (
            f"select q.quarantine_id from {self.rows} q join lake.quarantine.row k on "
            "k.quarantine_id = q.quarantine_id "
            f"where k.table_name = {literal(self.contract.name)} and k.status_code not in {_SETTLED}"
        )
        if self.con.execute(f"{closed} limit 1").fetchone():
            self.con.execute(
                f"update lake.quarantine.row set status_code = {literal(OPEN)}, closed_run_id = NULL, "
                f"closed_at = NULL where quarantine_id in ({closed})"
            )

    def _close(self, run_id: str, now: object, accepted: str) -> None:
        """Open rows that this batch shows repaired, or brings again in another broken version.

        A full extract that no longer holds the broken row has repaired (or dropped) it. In a delta a row is
        known by its key.
        """
        mine = f"table_name = {literal(self.contract.name)} and status_code = {literal(OPEN)}"
        others = (
            f"(select * from lake.quarantine.row where {mine}) k anti join {self.rows} q on "
            "q.quarantine_id = k.quarantine_id"
        )
        if self.batch.table_map.extract != "delta":
            self._close_as(REPAIRED, others, run_id, now)
            return
        key = [identity(self.contract, name) for name in self.contract.key]
        # Joins by hash: looking for each waiting row among the accepted ones took half a minute.
        entered = " and ".join(f"a.{quoted(name)}::varchar = {_kept('k', name)}" for name in key)
        self._close_as(
            REPAIRED, f"(select k.* from {others}) k semi join {accepted} a on {entered}", run_id, now
        )
        again = " and ".join(f"{_kept('a', name)} = {_kept('k', name)}" for name in key)
        self._close_as(
            SUPERSEDED, f"(select k.* from {others}) k semi join {self.rows} a on {again}", run_id, now
        )

    def _close_as(self, status: str, found: str, run_id: str, now: object) -> None:
        ids = f"select k.quarantine_id from {found}"
        if self.con.execute(f"{ids} limit 1").fetchone():
            self.con.execute(
                f"update lake.quarantine.row set status_code = {literal(status)}, closed_run_id = "
                f"{literal(run_id)}, "
                f"closed_at = timestamp {literal(now)} where quarantine_id in ({ids})"
            )

    def _write_reasons(self, has_any: bool) -> None:
        """Reasons of new rows, and of known rows where they changed (values are encrypted anew each time)."""
        changed = f"(select distinct quarantine_id from {self.reasons})"
        if has_any:
            told = "select quarantine_id, column_name, rule_code from"
            stored = (
                f"(select * from lake.quarantine.reason where table_name = {literal(self.contract.name)})"
            )
            mine = f"(select * from {stored} s semi join {self.rows} q on q.quarantine_id = s.quarantine_id)"
            table = self.batch.name("q_changed")
            self.con.execute(
                f"create or replace temp table {table} as "
                f"(({told} {self.reasons}) except ({told} {mine})) union (({told} {mine}) except "
                f"({told} {self.reasons}))"
            )
            changed = f"(select distinct quarantine_id from {table})"
            outdated = f"lake.quarantine.reason where quarantine_id in (select quarantine_id from {changed})"
            if self.con.execute(f"select 1 from {outdated} limit 1").fetchone():
                self.con.execute(f"delete from {outdated}")
        self.con.execute(
            "insert into lake.quarantine.reason by name select r.quarantine_id, "
            f"{literal(self.contract.name)} as table_name, "
            f"r.column_name, r.rule_code, r.value, r.message_zh, r.message_en from {self.reasons} r "
            f"semi join {changed} c on c.quarantine_id = r.quarantine_id"
        )


def _kept(row: str, name: str) -> str:
    """SQL for a raw column's value as a quarantined row kept it."""
    return f"json_extract_string({row}.row_json, {literal(f'$.row.{name}')})"


def _json(values: dict[str, str]) -> str:
    """SQL for a JSON object. Pairs instead of struct_pack: source columns may be called anything."""
    pairs = ", ".join(f"{literal(name)}, {expression}" for name, expression in values.items())
    return f"json_object({pairs})::varchar"


def open_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Contract tables that have open quarantined rows."""
    rows = con.execute(
        "select distinct table_name from lake.quarantine.row where status_code = 'open' order by 1"
    ).fetchall()
    return [name for (name,) in rows]


def key_of(contract: Contract) -> list[str]:
    """Raw columns that identify a row of the contract."""
    return [identity(contract, name) for name in contract.key]
