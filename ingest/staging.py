"""One table's batch on its way in: rows read, mapped and checked in temporary tables, nothing written yet.

A connection holds batches of several tables (sessions.own_session), one of each.

There is one plan and two ways to read. The text way holds every source column of a row as text. The typed
way lets DuckDB's CSV reader type plain columns and keeps only the mapped values: three times as fast, for
large plain CSV files. What the typed reader refuses, and every row that breaks a rule, is read again as
text, so that reasons, originals and doubtful values come from one place.

Rows are identified by (`_file_no`, `_n`, `_part`): file in feed order, row number, unpivoted column.
"""

import itertools
from pathlib import Path

import duckdb
import numpy as np

from ingest.company import Company, Feed, SourceFile, TableMap
from ingest.headers import mapping_problems, sql_columns, used_columns
from ingest.mapping import DAY_TEXT, TEXT, ColumnPlan, SourceColumns, plan_feed, reader_type, text_of
from ingest.problems import MappingError, SourceError, folded
from ingest.rules import row_rules
from ingest.sources import Malformed, reader_of
from ingest.sources.csv_files import scan_csv, source_rows
from ingest.sources.numbering import number_rows
from ingest.sql import any_true, listed, literal, quoted
from ingest.staged import FeedPart, TypedFile
from lake.contracts import Contract

ROW_ID = ("_file_no", "_n", "_part")
IDS = ", ".join(ROW_ID)
#: From this size on the typed way is quicker than its second look costs.
TYPED_FROM_BYTES = 8 << 20
POSITION = "_position"
#: Written once and read a few times within seconds: what makes files small costs more than it saves.
QUICK_PARQUET = (
    "format parquet, compression uncompressed, write_bloom_filter false, dictionary_size_limit 5000"
)


class Batch:
    """A table's rows of this run in temporary tables; see the module's docstring."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        company: Company,
        table_map: TableMap,
        contract: Contract,
        *,
        typed_from_bytes: int = TYPED_FROM_BYTES,
        folder: Path | None = None,
        language: str | None = None,
    ) -> None:
        self.con, self.company, self.table_map, self.contract = con, company, table_map, contract
        self.typed_from_bytes, self.folder, self.language = typed_from_bytes, folder, language
        self.columns = [column.name for column in contract.columns]
        self.rules = row_rules(contract)
        self.files: list[SourceFile] = []
        self.malformed: list[tuple[int, Malformed]] = []
        self.parts: list[FeedPart] = []
        self.typed: list[TypedFile] = []
        self.source_columns: list[str] = []
        self.unused_columns: list[str] = []
        self.rows_skipped = 0
        self.rows_read = 0

    def name(self, suffix: str) -> str:
        """The name of one of the batch's temporary tables."""
        return f"batch_{self.contract.name}_{suffix}"

    def stage(self, feeds_files: list[tuple[Feed, list[SourceFile]]]) -> None:
        """Read, map and check the files. Raises SourceError or MappingError; nothing is written then."""
        for feed, files in feeds_files:
            self._check_headers(feed, files)
        self._create_text_table()
        for number, (feed, files) in enumerate(feeds_files):
            self._stage_feed(number, feed, files)
        self._make_views()

    # -- reading ---------------------------------------------------------------------------------

    def _check_headers(self, feed: Feed, files: list[SourceFile]) -> None:
        problems = []
        for file in files:
            columns = reader_of(feed.source.connector).columns(feed.source, file)
            problems += mapping_problems(self.company, self.contract, feed, file, columns, self.language)
            used = used_columns(feed, columns, self.contract)
            if feed.unpivot is not None:
                turned = {folded(name) for name in feed.unpivot.columns}
                used |= {name for name in columns if folded(name) in turned}
            self.source_columns += [name for name in columns if name not in self.source_columns]
            unused = [name for name in columns if name not in used]
            self.unused_columns += [name for name in unused if name not in self.unused_columns]
        if problems:
            raise MappingError(problems)

    def _create_text_table(self) -> None:
        kinds = ", ".join(f"{quoted(column.name)} {column.type}" for column in self.contract.columns)
        self.con.execute(
            f"create or replace temp table {self.name('text')} (_feed integer, _file_no integer, _n bigint, "
            f"_part integer, _latest varchar, {kinds}, _failed boolean, _broken boolean)"
        )

    def _stage_feed(self, number: int, feed: Feed, files: list[SourceFile]) -> None:
        numbered = [(len(self.files) + offset, file) for offset, file in enumerate(files)]
        self.files += files
        part = FeedPart(number, feed, numbered)
        self.parts.append(part)
        for file_no, file in numbered:
            if self._reads_typed(feed, file):
                self._read_typed(part, file_no, file)
            else:
                self._read_text(part, file_no, file)
        if part.tables:
            self._map_part(part)

    def _reads_typed(self, feed: Feed, file: SourceFile) -> bool:
        # Windows over the whole file need the whole file as text.
        is_row_by_row = not (feed.occurrence or feed.filter or feed.unpivot or feed.latest_by)
        has_window = any("over" in (column.sql or "").lower() for column in feed.columns)
        is_large = file.path.stat().st_size >= self.typed_from_bytes
        return feed.source.connector == "csv" and is_row_by_row and not has_window and is_large

    def _read_text(self, part: FeedPart, file_no: int, file: SourceFile) -> None:
        read = reader_of(part.feed.source.connector).read(
            self.con, part.feed.source, file, self.name(f"file{file_no}")
        )
        self.malformed += [(file_no, row) for row in read.malformed]
        self.rows_read += len(read.malformed)
        part.tables.append(f"select {file_no} as _file_no, * from {read.name}")

    def _read_typed(self, part: FeedPart, file_no: int, file: SourceFile) -> None:
        feed, source = part.feed, part.feed.source
        names = reader_of("csv").columns(source, file)
        types = self._typed_columns(feed, names)
        plans = plan_feed(self.contract, feed, SourceColumns({name: types.get(name, TEXT) for name in names}))
        table, doubtful = self.name(f"typed{file_no}"), self.name(f"doubtful{file_no}")
        # Values are rarely padded, and to look for a blank at either end is cheaper than to trim them all.
        plain = {plan.name: f"{plan.source} as {quoted(plan.name)}" for plan in plans if plan.is_plain_text}
        stored = [plan for plan in plans if not plan.is_constant]
        values = [plain.get(plan.name, f"{plan.value} as {quoted(plan.name)}") for plan in stored]
        failed = any_true(plan.failed for plan in plans if plan.failed)
        select = f"select {', '.join(values)}, {failed} as _failed from"
        read_as = {name: TEXT if kind == DAY_TEXT else kind for name, kind in types.items()}
        rejects, look = scan_csv(
            self.con, source, file, read_as, lambda relation: self._keep(table, f"{select} {relation}", plans)
        )
        numbers = number_rows(self.con, table, rejects.numbers, position=POSITION)
        self._find_doubtful(table, doubtful, list(plain))
        typed = TypedFile(file_no, feed, file, table, doubtful, numbers.relation, numbers.expression, look)
        self.typed.append(typed)
        self.malformed += [(file_no, row) for row in rejects.malformed]
        self.rows_read += typed.look.total
        doubted = self.con.execute(
            f"select {typed.number} as n from {typed.relation} semi join {doubtful} using ({POSITION})"
        ).fetchnumpy()
        again = np.concatenate([doubted["n"].astype(np.int64), np.asarray(rejects.unfit, dtype=np.int64)])
        if len(again):
            self.read_again(typed, again)
            part.tables.append(f"select {file_no} as _file_no, * from {typed.source}")

    def _find_doubtful(self, table: str, doubtful: str, plain: list[str]) -> None:
        """Note the positions of rows that broke a rule, did not fit or are padded.

        One condition a query: the engine then passes over blocks whose minimum and maximum rule it out, which
        in sound files are nearly all.
        """
        conditions = ["_failed", *(rule.broken for rule in self.rules)]
        for name in map(quoted, plain):
            conditions += [f"{name} < '!'", f"suffix({name}, ' ')"]
        found = " union all ".join(f"select {POSITION} from {table} where {each}" for each in conditions)
        self.con.execute(f"create or replace temp table {doubtful} as select distinct * from ({found})")

    def _keep(self, table: str, select: str, plans: list[ColumnPlan]) -> int:
        """Make `table` from `select` in file order, with the rows' 0-based positions; how many rows came.

        Columns that are the same in every row are not stored.

        As a Parquet file where the caller allows plain values on disk: it is written as fast as a temporary
        table, and read twice as fast.
        """
        if self.folder is None:
            kept, position = f"{table}_rows", "rowid"
            made = self.con.execute(f"create or replace temp table {kept} as {select}")
        else:
            path = literal(str(self.folder / f"{table}.parquet"))
            kept, position = f"read_parquet({path}, file_row_number=true)", "file_row_number"
            made = self.con.execute(f"copy ({select}) to {path} ({QUICK_PARQUET})")
        count = made.fetchone()[0]  # type: ignore[index] - both tell how many rows they wrote
        values = [plan.value if plan.is_constant else quoted(plan.name) for plan in plans]
        named = [f"{value} as {quoted(plan.name)}" for value, plan in zip(values, plans, strict=True)]
        columns = f"{', '.join(named)}, _failed, {position} as {POSITION}"
        self.con.execute(f"create or replace temp view {table} as select {columns} from {kept}")
        return count

    def _typed_columns(self, feed: Feed, names: list[str]) -> dict[str, str]:
        """Which columns the CSV reader may type: plain ones that nothing else reads as something else."""
        columns, text_only = SourceColumns(dict.fromkeys(names, TEXT)), sql_columns(feed)
        text_only |= {folded(name) for name in feed.key}
        if feed.source.nulls or feed.source.time_zone:
            return {}
        types: dict[str, str] = {}
        for column_map in feed.columns:
            text_only |= {folded(name) for name in column_map.key_from}
            if column_map.column is None:
                continue
            kind = reader_type(self.contract.column(column_map.name).type)
            found = str(columns.find(column_map.column))
            if column_map.has_steps or kind == TEXT or types.get(found, kind) != kind:
                text_only.add(folded(found))
            types[found] = kind
        return {name: kind for name, kind in types.items() if folded(name) not in text_only}

    def read_again(self, typed: TypedFile, numbers: np.ndarray) -> None:
        """Add the rows with these numbers, as text, to the typed file's table of source rows."""
        target = self.name(f"source{typed.file_no}")
        more = target if typed.source is None else f"{target}_more"
        source_rows(self.con, typed.feed.source, typed.file, np.unique(numbers), typed.look, more)
        if typed.source is None:
            typed.source = target
        else:
            self.con.execute(f"insert into {target} select * from {more}")

    # -- mapping ---------------------------------------------------------------------------------

    def _map_part(self, part: FeedPart) -> None:
        feed = part.feed
        base = self.name(f"feed{part.number}")
        self.con.execute(
            f"create or replace temp view {base}_files as {' union all by name '.join(part.tables)}"
        )
        self._shape(feed, f"{base}_files", base)
        part.relation = base
        described = self.con.execute(f"describe select * exclude ({IDS}) from {base}").fetchall()
        part.types = {name: kind for name, kind, *_ in described}
        part.plans = plan_feed(self.contract, feed, SourceColumns(part.types))
        try:
            self._insert_text(part)
        except duckdb.Error as error:
            reason = str(error).strip().partition("\n")[0]
            raise SourceError("expression_failed", table=self.contract.name, error=reason) from error

    def _shape(self, feed: Feed, files: str, base: str) -> None:
        """Unpivot and number occurrences where the feed wants it; otherwise the files as they are."""
        relation = f"(select *, 0 as _part from {files})"
        if feed.unpivot is not None:
            relation = self._unpivoted(feed, files)
        if feed.occurrence is None:
            kind, extra = ("table" if feed.unpivot else "view"), ""
        else:
            columns = SourceColumns(self._types_of(relation))
            natural = [columns.text(name) for name in feed.key if name != feed.occurrence]
            window = f"partition by {', '.join(natural)} order by {IDS}" if natural else f"order by {IDS}"
            kind, extra = "table", f", row_number() over ({window}) as {quoted(feed.occurrence)}"
        self.con.execute(f"create or replace temp {kind} {base} as select *{extra} from {relation}")

    def _types_of(self, relation: str) -> dict[str, str]:
        return {
            name: kind for name, kind, *_ in self.con.execute(f"describe select * from {relation}").fetchall()
        }

    def _unpivoted(self, feed: Feed, files: str) -> str:
        unpivot = feed.unpivot
        assert unpivot is not None
        columns = SourceColumns(self._types_of(files))
        turned = [str(columns.find(name)) for name in unpivot.columns]
        rows = [
            f"select * exclude ({listed(turned)}), {position} as _part, {literal(name)} as "
            f"{quoted(unpivot.name)}, "
            f"{text_of(*columns.raw(name))} as {quoted(unpivot.value)} from {files}"
            for position, name in enumerate(turned)
        ]
        united = " union all ".join(rows)
        return f"(select * from ({united}) where {quoted(unpivot.value)} is not null)"

    def _insert_text(self, part: FeedPart) -> None:
        values = ", ".join(f"{plan.value} as {quoted(plan.name)}" for plan in part.plans)
        failed = any_true(plan.failed for plan in part.plans if plan.failed)
        broken = any_true(["_failed", *(rule.broken for rule in self.rules)])
        where = f"where {part.feed.filter}" if part.feed.filter else ""
        target = self.name("text")
        self.con.execute(
            f"insert into {target} select *, {broken} from (select "
            f"{part.number} as _feed, "
            f"{IDS}, {self._latest(part)} as _latest, {values}, {failed} as _failed from "
            f"{part.relation} {where})"
        )
        mapped, present = self.con.execute(
            f"select (select count(*) from {target} where _feed = {part.number}), (select count(*) "
            f"from {part.relation})"
        ).fetchone()  # type: ignore[misc]
        self.rows_skipped += present - mapped
        again = {typed.file_no for typed in self.typed}
        reread = 0
        if again:
            listed_files = ", ".join(map(str, again))
            reread = self.con.execute(
                f"select count(*) from {target} where _feed = {part.number} and _file_no in ({listed_files})"
            ).fetchone()[0]  # type: ignore[index]
        self.rows_read += mapped - reread

    def _latest(self, part: FeedPart) -> str:
        latest = part.feed.latest_by
        if latest is None:
            return "NULL"
        for plan in part.plans:
            if plan.name == latest:
                return f"({plan.value})::varchar"
        return SourceColumns(part.types).text(latest)

    # -- what came out ---------------------------------------------------------------------------

    def _make_views(self) -> None:
        """The views of all rows that keep the contract by themselves."""
        chosen = listed(self.columns)
        good = [f"select {IDS}, _latest, {chosen} from {self.name('text')} where not _broken"]
        sound = [f"select _n as _place, {chosen} from {self.name('text')} where not _broken"]
        for typed in self.typed:
            good.append(
                f"select {typed.file_no} as _file_no, {typed.number} as _n, 0 as _part, NULL as "
                f"_latest, {chosen} from {typed.relation} {self._without_doubtful(typed)}"
            )
            sound.append(
                f"select {POSITION} as _place, {chosen} from {typed.table} {self._without_doubtful(typed)}"
            )
        for name, parts in ((self.good, good), (self.sound, sound)):
            self.con.execute(f"create or replace temp view {name} as {' union all '.join(parts)}")

    def _without_doubtful(self, typed: TypedFile) -> str:
        found = self.con.execute(f"select 1 from {typed.doubtful} limit 1").fetchone()
        return f"anti join {typed.doubtful} using ({POSITION})" if found else ""

    @property
    def good(self) -> str:
        """View of the rows that break no rule of their own: row id, `_latest`, contract columns."""
        return self.name("good")

    @property
    def sound(self) -> str:
        """The same rows without ids, which cost a join; `_place` is a number to sample by."""
        return self.name("sound")

    @property
    def text_table(self) -> str:
        """Table of the rows read as text, broken ones marked `_broken`."""
        return self.name("text")

    def label(self, file_no: int) -> str:
        """A file's name as reports show it."""
        return self.files[file_no].label

    def rows_by_file(self) -> dict[SourceFile, int]:
        """Rows read from each file, refused and filtered ones left out of neither nor counted twice."""
        counts: dict[SourceFile, int] = dict.fromkeys(self.files, 0)
        for file_no, _ in self.malformed:
            counts[self.files[file_no]] += 1
        rows = [self.con.execute(f"select _file_no, count(*) from {self.text_table} group by 1").fetchall()]
        for typed in self.typed:
            rows.append(
                self.con.execute(
                    f"select {typed.file_no}, count(*) from {typed.table} {self._without_doubtful(typed)}"
                ).fetchall()
            )
        for file_no, count in itertools.chain.from_iterable(rows):
            counts[self.files[file_no]] += count
        return counts

    def bring_source_rows(self, ids: str) -> None:
        """Make sure that the source text of the rows in the table `ids` is at hand (`FeedPart.relation`)."""
        for typed in self.typed:
            at_hand = f"and _n not in (select _n from {typed.source})" if typed.source else ""
            numbers = self.con.execute(
                f"select _n from {ids} where _file_no = {typed.file_no} {at_hand}"
            ).fetchnumpy()["_n"]
            if not len(numbers):
                continue
            is_first = typed.source is None
            self.read_again(typed, np.asarray(numbers, dtype=np.int64))
            part = next(part for part in self.parts if part.feed is typed.feed)
            if is_first:
                part.tables.append(f"select {typed.file_no} as _file_no, * from {typed.source}")
                self._describe_again(part)

    def _describe_again(self, part: FeedPart) -> None:
        base = self.name(f"feed{part.number}")
        self.con.execute(
            f"create or replace temp view {base}_files as {' union all by name '.join(part.tables)}"
        )
        self._shape(part.feed, f"{base}_files", base)
        part.relation = base
        part.types = self._types_of(f"(select * exclude ({IDS}) from {base})")
        part.plans = plan_feed(self.contract, part.feed, SourceColumns(part.types))
