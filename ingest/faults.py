"""Why rows of a batch may not enter: rules of their own, duplicate keys, references. All set-wise.

Every fault goes into one temporary table (row id, column, rule, value, message in both languages); a row with
a fault is quarantined. Rows that only repeat another row of the batch go into a second one and count as
unchanged.
"""

import polars

from ingest.rules import DUPLICATE_KEY, REFERENCE, REQUIRED, TYPE, type_message
from ingest.sql import listed, literal, quoted
from ingest.staging import IDS, ROW_ID, Batch
from lake.contracts import Contract, Reference, load_contracts
from lake.text import both

SAME_ROW = " and ".join(f"a.{name} = b.{name}" for name in ROW_ID)


class Faults:
    """The faults of one batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch, self.con, self.contract = batch, batch.con, batch.contract
        self.table, self.repeats = batch.name("faults"), batch.name("repeats")
        self.con.execute(
            f"create or replace temp table {self.table} (_file_no integer, _n bigint, _part integer, "
            "column_name varchar, rule_code varchar, value varchar, message_zh varchar, message_en varchar)"
        )
        self.con.execute(
            f"create or replace temp table {self.repeats} (_file_no integer, _n bigint, _part integer)"
        )

    def find(self) -> None:
        """Look for all faults: each row's own, then duplicates among sound rows, then missing parents."""
        self._own_faults()
        self._duplicates()
        for reference in self.contract.references:
            if reference.table != self.contract.name:
                self._orphans(reference)
        for reference in self.contract.references:
            while reference.table == self.contract.name and self._orphans(reference):
                # A row whose parent was just refused is an orphan too, so look again until none is left.
                continue

    @property
    def kept(self) -> str:
        """Relation of the rows that may enter (contract columns and row id)."""
        return self._without_refused(self.batch.good)

    def _without_refused(self, relation: str, refused: str = "true") -> str:
        """`relation` without rows that repeat another or have a fault for which `refused` is true."""
        for table in (f"(select * from {self.table} where {refused})", self.repeats):
            if self._count(table):
                ids = f"(select distinct {IDS} from {table})"
                relation = f"(select a.* from {relation} a anti join {ids} b on {SAME_ROW})"
        return relation

    @property
    def rows_quarantined(self) -> int:
        """Rows with at least one fault, rows of the wrong shape included."""
        return self._count(f"(select distinct {IDS} from {self.table})") + len(self.batch.malformed)

    @property
    def rows_repeated(self) -> int:
        """Rows that repeat another row of the batch."""
        return self._count(self.repeats)

    def _count(self, relation: str) -> int:
        return self.con.execute(f"select count(*) from {relation}").fetchone()[0]  # type: ignore[index]

    # -- a row by itself -------------------------------------------------------------------------

    def _own_faults(self) -> None:
        broken = f"(select * from {self.batch.text_table} where _broken)"
        if not self._count(broken):
            return
        for part in self.batch.parts:
            failing = [plan for plan in part.plans if plan.failed]
            if not failing or not part.relation:
                continue
            shown = ", ".join(
                f"{plan.shown} as {quoted('shown ' + plan.name)}, {plan.failed} as "
                f"{quoted('failed ' + plan.name)}"
                for plan in failing
            )
            where = f"where {part.feed.filter}" if part.feed.filter else ""
            table = self.batch.name(f"shown{part.number}")
            self.con.execute(
                f"create or replace temp table {table} as select a.* from (select {IDS}, {shown} "
                f"from {part.relation} {where}) a semi join {broken} b on {SAME_ROW}"
            )
            for plan in failing:
                self._insert(
                    f"select {IDS}, {literal(plan.name)}, {literal(TYPE)}, {quoted('shown ' + plan.name)}, "
                    f"{_messages(type_message(plan))} from {table} where {quoted('failed ' + plan.name)}"
                )
        for rule in self.batch.rules:
            self._insert(
                f"select {IDS}, {literal(rule.column)}, {literal(rule.code)}, {rule.value}, "
                f"{_messages(rule.message)} from {broken} where {rule.broken}"
            )
        # An unreadable value is told once, not as missing too.
        self.con.execute(
            f"delete from {self.table} a where rule_code = {literal(REQUIRED)} and exists (select 1 from "
            f"{self.table} b where {SAME_ROW} and b.column_name = a.column_name and b.rule_code = "
            f"{literal(TYPE)})"
        )

    def _insert(self, select: str) -> int:
        return self.con.execute(f"insert into {self.table} {select}").fetchone()[0]  # type: ignore[index]

    # -- rows among each other -------------------------------------------------------------------

    def _duplicates(self) -> None:
        batch, key = self.batch, listed(self.contract.key)
        twice = batch.name("twice")
        # Equal keys have equal hashes, so nothing is missed, and numbers are much cheaper to compare than
        # keys; to count them is cheaper still than to say which (and with polars at half of DuckDB's time).
        hashes = self.con.execute(f"select hash({key}) as h from {batch.sound}").to_arrow_table()
        if polars.Series(hashes["h"]).n_unique() == hashes.num_rows:
            return
        self.con.execute(
            f"create or replace temp table {twice} as select hash({key}) as h from {batch.sound} "
            "group by 1 having count(*) > 1"
        )
        everything = ", ".join(quoted(name) for name in batch.columns)
        newest = f"try_cast(_latest as double) desc nulls last, _latest desc nulls last, {IDS}"
        window = f"over (partition by {key} order by {newest})"
        ranked = batch.name("ranked")
        self.con.execute(
            f"create or replace temp table {ranked} as select {IDS}, h, row_number() {window} as place, "
            f"first_value(h) {window} as kept_h, first_value(_file_no) {window} as kept_file, "
            f"first_value(_n) {window} as kept_n, concat_ws(', ', {key}) as shown from "
            f"(select *, hash({everything}) as h from {batch.good} where hash({key}) in (select h "
            f"from {twice}))"
        )
        is_latest_by = any(part.feed.latest_by for part in batch.parts)
        same = "true" if is_latest_by else "h = kept_h"
        self.con.execute(f"insert into {self.repeats} select {IDS} from {ranked} where place > 1 and {same}")
        labels = f"[{', '.join(literal(file.label) for file in batch.files)}]"
        kept = f"{labels}[kept_file + 1] || ' #' || kept_n"
        message = both("ingest.reason_duplicate_key", kept="{kept}")
        texts = ", ".join(
            f"replace({literal(message[language])}, '{{kept}}', {kept})" for language in ("zh", "en")
        )
        self._insert(
            f"select {IDS}, {literal(', '.join(self.contract.key))}, {literal(DUPLICATE_KEY)}, "
            f"shown, {texts} "
            f"from {ranked} where place > 1 and not ({same})"
        )

    # -- references ------------------------------------------------------------------------------

    def _orphans(self, reference: Reference) -> int:
        """Fault the rows whose parent is missing; how many they are."""
        mapped = {name for part in self.batch.parts for name in _filled(part.plans)}
        mapped |= {column.name for typed in self.batch.typed for column in typed.feed.columns}
        if not set(reference.columns) <= mapped:
            return 0
        message = both("ingest.reason_reference", column=", ".join(reference.columns), table=reference.table)
        is_own = reference.table == self.contract.name
        names = listed(reference.columns)
        # Which keys lack a parent, then which few rows have them and were not refused for other reasons.
        lost = self.batch.name("lost")
        self.con.execute(
            f"create or replace temp table {lost} as select distinct {names} from "
            f"{without_parent(self.contract, reference, self.batch.sound, self.kept if is_own else None)}"
        )
        if not self._count(lost):
            return 0
        same = " and ".join(f"a.{quoted(name)} = l.{quoted(name)}" for name in reference.columns)
        told = f"rule_code <> {literal(REFERENCE)} or column_name = {literal(', '.join(reference.columns))}"
        orphans = self._without_refused(
            f"(select {', '.join('a.' + name for name in ROW_ID)}, {listed(reference.columns)} "
            f"from {self.batch.good} a semi join {lost} l on {same})",
            told,
        )
        shown = ", ".join(quoted(name) for name in reference.columns)
        return self._insert(
            f"select {IDS}, {literal(', '.join(reference.columns))}, {literal(REFERENCE)}, "
            f"concat_ws(', ', {shown}), {_messages(message)} from {orphans}"
        )


def _filled(plans: list) -> set[str]:
    return {plan.name for plan in plans if not plan.value.startswith("NULL::")}


def _messages(message: dict[str, str]) -> str:
    return f"{literal(message['zh'])}, {literal(message['en'])}"


def without_parent(contract: Contract, reference: Reference, relation: str, siblings: str | None) -> str:
    """The rows of `relation` with a reference whose parent is neither in the lake nor in `siblings`."""
    pairs = list(zip(reference.columns, reference.to_columns, strict=True))
    filled = " and ".join(f"a.{quoted(name)} is not null" for name in reference.columns)
    same = " and ".join(f"p.{quoted(to)} = a.{quoted(name)}" for name, to in pairs)
    raw = f"lake.raw.{load_contracts()[reference.table].raw_table}"
    absent = f"(select a.* from {relation} a anti join {raw} p on {same} where {filled})"
    if reference.table == contract.name and siblings is not None:
        return f"(select a.* from {absent} a anti join {siblings} p on {same})"
    return absent
