"""What people decided about quarantined rows: corrected ones go through the door's own judging again.

A correction is known by the id of its action. A row that enters carries `correction/<id>` as its source, so
that it can be told from what the source sent; once it has entered, the same decision does nothing more. A
decision that was taken back or replaced takes the row out again, and the version that it had replaced comes
back. A row that fails again stays open, with its reasons in `quarantine.replay_reason`; it is tried again
with every run that may let rows into its table, since its parent may come.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.company import ColumnMap, Company, Feed, Source, SourceFile, TableMap
from ingest.faults import Faults
from ingest.ledger import UNCHANGED, TableLoad
from ingest.merge import identity, merge, protected, raw_names
from ingest.protect import PREFIX, Protector
from ingest.quarantine import IGNORED, OPEN, REPAIRED, REPLAYED
from ingest.release import note_released
from ingest.rules import TYPE
from ingest.sessions import own_session, transaction
from ingest.sql import listed, literal, quoted
from ingest.staged import FeedPart
from ingest.staging import Batch
from lake.contracts import Contract, load_contracts
from lake.contracts.model import SYSTEM_COLUMNS
from lake.keys import load_key
from lake.run import RunContext, utc_now
from lake.settings import Settings
from lake.text import text

#: What stands before an action's id where a raw row says where it came from.
CORRECTION = "correction"


@dataclass(frozen=True)
class Decision:
    """What holds for one quarantined row: values to put right by column, None for «leave it out»."""

    quarantine_id: str
    decision_id: str
    values: Mapping[str, str | None] | None


@dataclass(frozen=True)
class _Row:
    """A quarantined row as it stands; `kept` are its contract values as texts, as far as they were read."""

    quarantine_id: str
    table: str
    source_row: int
    kept: Mapping[str, str | None]
    status: str
    decision_id: str | None
    closed_run_id: str | None
    quarantined_at: datetime


@dataclass(frozen=True)
class _Verdict:
    """How a row stands afterwards."""

    quarantine_id: str
    status: str
    decision_id: str | None


def replay(
    con: duckdb.DuckDBPyConnection,
    run: RunContext,
    settings: Settings,
    decisions: Iterable[Decision],
    within: Collection[str] | None = None,
) -> list[TableLoad]:
    """Bring the lake in line with what was decided, parents' tables first, in one transaction.

    `within` names the tables (contracts) that may change; rows of others wait for a run that may. None: all.
    Returns a load for each table with rows let in or taken out. The caller holds the writer lock.
    """
    wanted = {each.quarantine_id: each for each in decisions}
    with own_session(con) as session:
        rows: dict[str, list[_Row]] = defaultdict(list)
        for row in _read(session, wanted):
            is_open_to_it = within is None or row.table in within
            if is_open_to_it and _is_due(row, wanted.get(row.quarantine_id)):
                rows[row.table].append(row)
        if not rows:
            return []
        with transaction(session, run, "corrections"):
            tables = [contract for name, contract in load_contracts().items() if name in rows]
            loads = [_replay_table(session, each, rows[each.name], wanted, run, settings) for each in tables]
    return [load for load in loads if load.released or load.deleted]


def _read(con: duckdb.DuckDBPyConnection, wanted: Mapping[str, Decision]) -> list[_Row]:
    """The rows that somebody decided something about, now or before."""
    ids = ", ".join(map(literal, sorted(wanted))) or "NULL"
    found = con.execute(
        "select quarantine_id, table_name, coalesce(source_row, 0), row_json, status_code, decision_id, "
        f"closed_run_id, quarantined_at from lake.quarantine.row where quarantine_id in ({ids}) "
        "or decision_id is not null order by table_name, quarantine_id"
    ).fetchall()
    return [_Row(*row[:3], json.loads(row[3] or "{}").get("row") or {}, *row[4:]) for row in found]


def _is_due(row: _Row, decision: Decision | None) -> bool:
    """Whether the row does not stand yet as it should; what its source mended is nobody's to decide."""
    if row.status == OPEN:
        return decision is not None or row.decision_id is not None
    if row.status not in (REPLAYED, IGNORED):
        return False
    return decision is None or decision.decision_id != row.decision_id


def _replay_table(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    rows: Sequence[_Row],
    wanted: Mapping[str, Decision],
    run: RunContext,
    settings: Settings,
) -> TableLoad:
    load, now = TableLoad(contract.name, "", UNCHANGED), utc_now()
    taken_out = sum(_withdraw(con, contract, row, run, now) for row in rows if row.status == REPLAYED)
    decided = {row.quarantine_id: wanted.get(row.quarantine_id) for row in rows}
    verdicts = [_Verdict(number, OPEN, None) for number, each in decided.items() if each is None]
    verdicts += [
        _Verdict(number, IGNORED, each.decision_id)
        for number, each in decided.items()
        if each is not None and each.values is None
    ]
    corrected = [row for row in rows if (each := decided[row.quarantine_id]) and each.values is not None]
    if corrected:
        verdicts += _Replayed(con, contract, corrected, wanted, settings).enter(run, now)
    _settle(con, verdicts, run, now)
    entered = sum(each.status == REPLAYED for each in verdicts)
    message = text("ingest.corrections_taken_back", settings.language, rows=taken_out) if taken_out else ""
    load = replace(load, released=entered, deleted=taken_out, message=message).finished()
    if entered or taken_out:
        note_released(con, load, run)
    return load


# -- corrected rows through the door -------------------------------------------------------------------------


class _Replayed(Batch):
    """Corrected rows of one table as a batch of the door: one file a row, named after its correction."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        contract: Contract,
        rows: Sequence[_Row],
        wanted: Mapping[str, Decision],
        settings: Settings,
    ) -> None:
        source = Source(CORRECTION, "parquet", (), ())
        feed = Feed(source, tuple(ColumnMap(column.name, column=column.name) for column in contract.columns))
        company = Company(settings.company, {}, "UTC", "", None, {CORRECTION: source}, {})
        super().__init__(con, company, TableMap(contract.name, (feed,), extract="delta"), contract)
        self.rows, self.decisions = rows, [wanted[row.quarantine_id] for row in rows]
        has_personal = any(column.is_personal for column in contract.columns)
        self.protector = Protector(load_key(settings)) if has_personal else None
        self.files = [SourceFile(Path(), _label(each.decision_id)) for each in self.decisions]
        self._create_text_table()
        part = FeedPart(0, feed, list(enumerate(self.files)), tables=[f"select * from {self._texts()}"])
        self.parts.append(part)
        self._map_part(part)
        self._make_views()

    def enter(self, run: RunContext, now: datetime) -> list[_Verdict]:
        """Judge and merge; how each row stands then. Reasons of those that failed again are kept."""
        faults = Faults(self)
        faults.find()
        faulty = {number for (number,) in self._all(f"select distinct _file_no from {faults.table}")}
        rows = protected(self.con, self.contract, faults.kept, self.protector)
        kept = {number for (number,) in self._all(f"select _file_no from {rows}")}
        entering = sorted(kept - self._overtaken(rows))
        if entering:
            chosen = f"(select * from {rows} where _file_no in ({', '.join(map(str, entering))}))"
            merge(self, chosen, run.run_id, now)
        self._tell_reasons(faults)
        # What is neither repeats another row or has come from its source by now.
        states = {**dict.fromkeys(faulty, OPEN), **dict.fromkeys(entering, REPLAYED)}
        return [
            _Verdict(row.quarantine_id, states.get(number, REPAIRED), self.decisions[number].decision_id)
            for number, row in enumerate(self.rows)
        ]

    def _texts(self) -> str:
        """Table of the corrected rows, every contract column as text."""
        shown = self._unread()
        columns: dict[str, list[Any]] = {"_file_no": [], "_n": []}
        columns |= {column.name: [] for column in self.contract.columns}
        for number, (row, decision) in enumerate(zip(self.rows, self.decisions, strict=True)):
            values = {**row.kept, **shown.get(row.quarantine_id, {})}
            values = {name: self._plain(value) for name, value in values.items()} | dict(
                decision.values or {}
            )
            columns["_file_no"].append(number)
            columns["_n"].append(row.source_row)
            for column in self.contract.columns:
                columns[column.name].append(values.get(column.name))
        kinds = {"_file_no": pa.int32(), "_n": pa.int64()}
        frame = pa.table(
            {name: pa.array(each, kinds.get(name, pa.string())) for name, each in columns.items()}
        )
        table = self.name("corrected")
        self.con.register("corrected_frame", frame)
        self.con.execute(f"create or replace temp table {table} as select * from corrected_frame")
        self.con.unregister("corrected_frame")
        return table

    def _unread(self) -> dict[str, dict[str, str]]:
        """By row the texts that could not be read as their type: uncorrected, they must fail again."""
        ids = ", ".join(literal(row.quarantine_id) for row in self.rows)
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for number, column, value in self._all(
            "select quarantine_id, column_name, value from lake.quarantine.reason "
            f"where rule_code = {literal(TYPE)} and quarantine_id in ({ids})"
        ):
            found[number][column] = value
        return found

    def _plain(self, value: str | None) -> str | None:
        is_sealed = self.protector is not None and value is not None and value.startswith(PREFIX)
        return self.protector.decrypt(value) if is_sealed else value  # type: ignore[union-attr, arg-type]

    def _overtaken(self, rows: str) -> set[int]:
        """The rows whose key came from its source after they were put aside: the newer version stays."""
        times = ", ".join(
            f"({number}, timestamp {literal(row.quarantined_at)})" for number, row in enumerate(self.rows)
        )
        key = [quoted(identity(self.contract, name)) for name in self.contract.key]
        same = " and ".join(f"r.{name} = a.{name}" for name in key)
        return {
            number
            for (number,) in self._all(
                f"select a._file_no from {rows} a join lake.raw.{self.contract.raw_table} r on {same} "
                f"join (values {times}) t(_file_no, put_aside_at) on t._file_no = a._file_no "
                "where r._loaded_at > t.put_aside_at"
            )
        }

    def _tell_reasons(self, faults: Faults) -> None:
        ids = ", ".join(literal(row.quarantine_id) for row in self.rows)
        if self._all(f"select 1 from lake.quarantine.replay_reason where quarantine_id in ({ids}) limit 1"):
            self.con.execute(f"delete from lake.quarantine.replay_reason where quarantine_id in ({ids})")
        of_rows = ", ".join(
            f"({number}, {literal(row.quarantine_id)}, {literal(each.decision_id)})"
            for number, (row, each) in enumerate(zip(self.rows, self.decisions, strict=True))
        )
        personal = [literal(column.name) for column in self.contract.columns if column.is_personal]
        value = (
            f"case when f.column_name not in ({', '.join(personal)}) then f.value end"
            if personal
            else "f.value"
        )
        self.con.execute(
            "insert into lake.quarantine.replay_reason by name select d.quarantine_id, d.decision_id, "
            f"f.column_name, f.rule_code, {value} as value, f.message_zh, f.message_en "
            f"from {faults.table} f join (values {of_rows}) d(_file_no, quarantine_id, decision_id) "
            "on d._file_no = f._file_no"
        )

    def _all(self, sql: str) -> list[tuple]:
        return self.con.execute(sql).fetchall()


def _label(decision_id: str) -> str:
    return f"{CORRECTION}/{decision_id}"


# -- taking back, and the books ------------------------------------------------------------------------------


def _withdraw(
    con: duckdb.DuckDBPyConnection, contract: Contract, row: _Row, run: RunContext, now: datetime
) -> int:
    """Take the row of an earlier decision out of `raw`, and put back what it had replaced; 1 if it was there.

    Where its source has sent the row since, that version stays.
    """
    raw, history = f"lake.raw.{contract.raw_table}", f"lake.history.{contract.raw_table}"
    label = literal(_label(row.decision_id or ""))
    con.execute(f"create or replace temp table withdrawn as select * from {raw} where _source_file = {label}")
    (count,) = con.execute("select count(*) from withdrawn").fetchone() or (0,)
    if not count:
        return 0
    con.execute(
        f"insert into {history} by name select *, {literal(run.run_id)} as _superseded_run_id, "
        f"timestamp {literal(now)} as _superseded_at from withdrawn"
    )
    con.execute(f"delete from {raw} where _source_file = {label}")
    key = [quoted(identity(contract, name)) for name in contract.key]
    same = " and ".join(f"h.{name} = w.{name}" for name in key)
    columns = listed([*raw_names(contract), *SYSTEM_COLUMNS])
    con.execute(
        f"insert into {raw} by name select {columns} from {history} h semi join withdrawn w on {same} "
        f"where h._superseded_run_id = {literal(row.closed_run_id)}"
    )
    return int(count)


def _settle(
    con: duckdb.DuckDBPyConnection, verdicts: Sequence[_Verdict], run: RunContext, now: datetime
) -> None:
    """Write how the rows stand; what is no longer decided forgets why a correction failed."""
    for each in verdicts:
        closed = each.status != OPEN
        con.execute(
            "update lake.quarantine.row set status_code = ?, decision_id = ?, closed_run_id = ?, "
            "closed_at = ?::timestamp where quarantine_id = ?",
            [
                each.status,
                each.decision_id,
                run.run_id if closed else None,
                now if closed else None,
                each.quarantine_id,
            ],
        )
    free = ", ".join(literal(each.quarantine_id) for each in verdicts if each.decision_id is None)
    if free:
        con.execute(f"delete from lake.quarantine.replay_reason where quarantine_id in ({free})")
