"""Rows that a source deleted: they leave `raw`, and their last version goes to `history`."""

import duckdb

from ingest.company import Feed, SourceFile
from ingest.mapping import SourceColumns, plan_feed
from ingest.merge import identity
from ingest.quarantine import OPEN, REPAIRED
from ingest.sources import reader_of
from ingest.sql import literal, quoted
from ingest.staging import Batch


class Gone:
    """The deleted rows of one batch, by feed; the file has the source's columns, of which keys are read."""

    def __init__(self, batch: Batch, files: list[tuple[Feed, SourceFile]]) -> None:
        self.batch, self.files = batch, files
        self.con, self.contract = batch.con, batch.contract
        self.key = list(batch.contract.key)

    def leave(self, run_id: str, now: object) -> int:
        """Take the rows out of `raw`, and out of quarantine; how many left `raw`.

        Inside the caller's transaction, after the batch's rows have entered. A row that came back at the
        source after its deletion stays.
        """
        left = 0
        for number, (feed, file) in enumerate(self.files):
            keys = self._keys(number, feed, file)
            left += self._leave_raw(keys, run_id, now)
            self._leave_quarantine(keys, run_id, now)
        return left

    def _keys(self, number: int, feed: Feed, file: SourceFile) -> str:
        """Table of the keys of one file's deleted rows."""
        read, keys = self.batch.name(f"gone{number}"), self.batch.name(f"gone_keys{number}")
        reader_of(feed.source.connector).read(self.con, feed.source, file, read)
        types = {name: kind for name, kind, *_ in self.con.execute(f"describe {read}").fetchall()}
        columns = SourceColumns(types)
        plans = {plan.name: plan for plan in plan_feed(self.contract, feed, columns)}
        values = ", ".join(f"{plans[name].value} as {quoted(name)}" for name in self.key)
        latest = "NULL"
        if feed.latest_by is not None:
            mapped = plans.get(feed.latest_by)
            latest = f"({mapped.value})::varchar" if mapped else columns.text(feed.latest_by)
        same = " and ".join(f"b.{quoted(name)} = g.{quoted(name)}" for name in self.key)
        self.con.execute(
            f"create or replace temp table {keys} as select distinct g.* exclude (_latest) from "
            f"(select {values}, {latest} as _latest from {read}) g where not exists "
            f"(select 1 from {self.batch.good} b where {same} and b._latest > g._latest)"
        )
        return keys

    def _leave_raw(self, keys: str, run_id: str, now: object) -> int:
        raw = f"lake.raw.{self.contract.raw_table}"
        same = " and ".join(
            f"r.{quoted(identity(self.contract, name))} = g.{quoted(name)}" for name in self.key
        )
        found = f"{raw} r semi join {keys} g on {same}"
        count = _count(self.con, f"select count(*) from {found}")
        if count:
            self.con.execute(
                f"insert into lake.history.{self.contract.raw_table} by name select r.*, "
                f"{literal(run_id)} as _superseded_run_id, timestamp {literal(now)} as _superseded_at "
                f"from {found}"
            )
            self.con.execute(f"delete from {raw} r using {keys} g where {same}")
        return count

    def _leave_quarantine(self, keys: str, run_id: str, now: object) -> None:
        """Close open rows with these keys: one that waits for a parent must not enter after its deletion."""
        same = " and ".join(
            f"g.{quoted(name)}::varchar = json_extract_string(k.row_json, {literal(f'$.row.{name}')})"
            for name in self.key
        )
        ids = (
            f"select k.quarantine_id from lake.quarantine.row k semi join {keys} g on {same} "
            f"where k.table_name = {literal(self.contract.name)} and k.status_code = {literal(OPEN)}"
        )
        if self.con.execute(f"{ids} limit 1").fetchone():
            self.con.execute(
                f"update lake.quarantine.row set status_code = {literal(REPAIRED)}, closed_run_id = "
                f"{literal(run_id)}, closed_at = timestamp {literal(now)} where quarantine_id in ({ids})"
            )


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return con.execute(query).fetchone()[0]  # type: ignore[index] - a count has one row
