"""From source columns to contract columns, as SQL: one plan whatever the reader made of the source columns.

Text is trimmed, empty text is no value. Numbers may have an exponent, but no thousands separators; a
whole-number column takes 5 and 5.0, not 5.5; amounts are rounded to the contract's scale. Dates and
timestamps are ISO 8601 unless a format is given; impossible ones (31 February) fail.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.company import ColumnMap, Feed
from ingest.problems import folded
from ingest.sql import literal, quoted
from lake.contracts import Contract

TEXT = "VARCHAR"
#: What a reader makes of whole numbers, so that 5.5 is seen before it is rounded. Wider decimals cost
# seconds a
#: million rows; numbers that do not fit are looked at as text.
WHOLE = "DECIMAL(18,4)"
INTEGERS = {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER"}
ISO_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
ISO_TIME = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
ISO_OFFSET = r" ?(Z|[+-]\d{2}(:?\d{2})?)"
#: What a reader makes of days: text that this module turns into days, because a reader's own cast takes
#: «2024-02-03 x», and its formats are slow.
DAY_TEXT = "DAY_TEXT"
#: DuckDB's formatted reading turns «infinity» into this day and takes years of two digits as they are.
OLDEST_TRUSTED = "1900-01-01"
KEY_DIGITS = 20


@dataclass(frozen=True)
class ColumnPlan:
    """How one contract column is made: SQL for its value, whether it did not fit, and the source text."""

    name: str
    type: str
    value: str
    failed: str | None
    shown: str
    formats: tuple[str, ...] = ()
    source: str | None = None
    is_constant: bool = False

    @property
    def is_plain_text(self) -> bool:
        """Whether the value is a text column as it is, but for trimming; `source` is the column then."""
        return self.source is not None


class SourceColumns:
    """The columns of a source relation by name, with what each is read as."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = dict(types)
        self._by_folded = {folded(name): name for name in types}

    def find(self, name: str) -> str | None:
        """The column as the source spells it; None when there is none."""
        return self._by_folded.get(folded(name))

    def raw(self, name: str) -> tuple[str, str]:
        """SQL and type of a column."""
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return quoted(found), self.types[found]

    def text(self, name: str) -> str:
        """SQL for a column's text, trimmed, NULL when empty."""
        return text_of(*self.raw(name))


def text_of(expression: str, kind: str) -> str:
    """SQL for a value's text: trimmed, NULL when empty, whole floats without «.0»."""
    if kind in ("DOUBLE", "FLOAT"):
        is_whole = f"{expression} = trunc({expression}) and abs({expression}) < 1e15"
        return f"case when {is_whole} then {expression}::bigint::varchar else {expression}::varchar end"
    return f"nullif(trim({expression if kind == TEXT else f'{expression}::varchar'}), '')"


def reader_type(kind: str) -> str:
    """What a typed reader makes of a plain column of contract type `kind`."""
    return WHOLE if kind in INTEGERS else DAY_TEXT if kind == "DATE" else kind


def key_hash(texts: list[str]) -> str:
    """SQL for the stable id of a row whose key has several source columns; NULL when all are empty."""
    joined = ", ".join(f"coalesce({item}, '')" for item in texts)
    is_empty = f"coalesce({', '.join(texts)}) is null"
    return f"case when {is_empty} then null else left(md5(concat_ws(chr(31), {joined})), {KEY_DIGITS}) end"


def plan_feed(contract: Contract, feed: Feed, columns: SourceColumns) -> list[ColumnPlan]:
    """Plans of all contract columns in contract order; columns that the feed does not map are NULL."""
    plans: dict[str, ColumnPlan] = {}
    for column_map in feed.columns:
        kind = contract.column(column_map.name).type
        plans[column_map.name] = _plan(column_map, kind, feed, columns)
        if column_map.code_to is not None:
            plans[column_map.code_to] = _code_plan(
                column_map, contract.column(column_map.code_to).type, columns
            )
    plans |= _key_plans(contract, feed, columns, set(plans))
    unmapped = {
        column.name: ColumnPlan(
            column.name, column.type, f"NULL::{column.type}", None, "NULL", is_constant=True
        )
        for column in contract.columns
        if column.name not in plans
    }
    return [(plans | unmapped)[column.name] for column in contract.columns]


def _key_plans(
    contract: Contract, feed: Feed, columns: SourceColumns, mapped: set[str]
) -> dict[str, ColumnPlan]:
    missing = [name for name in contract.key if name not in mapped]
    if not missing or not feed.key:
        return {}
    texts = [columns.text(name) for name in feed.key]
    if len(missing) == len(texts):
        values = dict(zip(missing, texts, strict=True))
    else:
        values = {missing[0]: key_hash(texts)}
    return {name: cast_plan(name, contract.column(name).type, shown) for name, shown in values.items()}


def _plan(column_map: ColumnMap, kind: str, feed: Feed, columns: SourceColumns) -> ColumnPlan:
    name = column_map.name
    if column_map.value is not None:
        return ColumnPlan(
            name,
            kind,
            f"{literal(column_map.value)}::{kind}",
            None,
            literal(str(column_map.value)),
            is_constant=True,
        )
    if column_map.key_from:
        return cast_plan(name, kind, key_hash([columns.text(item) for item in column_map.key_from]))
    if column_map.sql is not None:
        expression = f"({column_map.sql})"
        shown = f"nullif(trim({expression}::varchar), '')"
        if not _has_steps(column_map, feed):
            return _native_sql_plan(name, kind, expression, shown)
    else:
        expression, read_as = columns.raw(str(column_map.column))
        if read_as in (kind, reader_type(kind)) and read_as != TEXT and not _has_steps(column_map, feed):
            return _typed_plan(name, kind, expression, read_as)
        shown = text_of(expression, read_as)
        if read_as == kind == TEXT and not _has_steps(column_map, feed):
            return ColumnPlan(name, kind, shown, None, shown, source=expression)
    zone = (column_map.time_zone or feed.source.time_zone) if kind == "TIMESTAMP" else None
    return cast_plan(name, kind, _steps(column_map, feed, shown), column_map.formats, zone, shown)


def _has_steps(column_map: ColumnMap, feed: Feed) -> bool:
    """Whether anything happens between the source's value and the cast."""
    return column_map.has_steps or bool(feed.source.nulls or feed.source.time_zone)


def _native_sql_plan(name: str, kind: str, expression: str, shown: str) -> ColumnPlan:
    if kind == TEXT:
        return ColumnPlan(name, kind, shown, None, shown)
    value = f"try_cast({expression} as {kind})"
    return ColumnPlan(name, kind, value, f"({value} is null and {shown} is not null)", shown)


def _steps(column_map: ColumnMap, feed: Feed, shown: str) -> str:
    """The text after null tokens, codes and translations."""
    nothing = [*feed.source.nulls, *column_map.nulls, *column_map.codes]
    result = shown
    if nothing:
        result = f"case when {shown} in ({', '.join(map(literal, nothing))}) then null else {shown} end"
    if column_map.translations:
        whens = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in column_map.translations)
        result = f"case {result} {whens} else {result} end"
    return result


def _code_plan(column_map: ColumnMap, kind: str, columns: SourceColumns) -> ColumnPlan:
    shown = (
        columns.text(column_map.column)
        if column_map.column
        else f"nullif(trim(({column_map.sql})::varchar), '')"
    )
    codes = ", ".join(map(literal, column_map.codes))
    value = f"case when {shown} in ({codes}) then {shown} end"
    return cast_plan(str(column_map.code_to), kind, value)


def _typed_plan(name: str, kind: str, expression: str, read_as: str) -> ColumnPlan:
    """A column that the reader typed. `failed` marks values that the text has to be asked about again."""
    value, doubtful = expression, None
    if kind == "BIGINT" and read_as == WHOLE:
        # Any whole number of this many digits fits, and a doubtful value is not used.
        value, doubtful = f"{expression}::{kind}", f"({expression} <> trunc({expression}))"
    elif kind in INTEGERS and read_as == WHOLE:
        value = _whole(expression, kind)
        doubtful = f"({expression} is not null and {value} is null)"
    elif kind in ("DOUBLE", "FLOAT"):
        doubtful = f"(not isfinite({expression}))"
    elif read_as == DAY_TEXT:
        value = f"try_cast({expression} as DATE)"
        oldest = f"DATE '{OLDEST_TRUSTED}'"
        is_odd = f"{expression} is not null and coalesce({value}, {oldest}) <= {oldest}"
        doubtful = f"({expression} not like '____-__-__' or ({is_odd}))"
    elif kind in ("DATE", "TIMESTAMP"):
        doubtful = f"({expression} <= {kind} '{OLDEST_TRUSTED}')"
    return ColumnPlan(name, kind, value, doubtful, f"{expression}::varchar")


def _whole(decimal: str, kind: str) -> str:
    return f"case when {decimal} = trunc({decimal}) then try_cast({decimal} as {kind}) end"


def cast_plan(
    name: str,
    kind: str,
    text: str,
    formats: tuple[str, ...] = (),
    zone: str | None = None,
    shown: str | None = None,
) -> ColumnPlan:
    """The plan that turns the SQL `text` into `kind`."""
    if kind == TEXT:
        return ColumnPlan(name, kind, text, None, shown or text)
    value = _cast(text, kind, formats, zone)
    return ColumnPlan(name, kind, value, f"({value} is null and {text} is not null)", shown or text, formats)


def _cast(text: str, kind: str, formats: tuple[str, ...], zone: str | None) -> str:
    if kind in INTEGERS:
        decimal = f"try_cast({text} as {WHOLE})"
        large = f"case when regexp_full_match({text}, '[+-]?\\d+') then try_cast({text} as {kind}) end"
        return f"case when {decimal} is null then {large} else {_whole(decimal, kind)} end"
    if kind in ("DOUBLE", "FLOAT"):
        number = f"try_cast({text} as {kind})"
        return f"case when isfinite({number}) then {number} end"
    if kind == "DATE":
        return _formatted(text, formats, "DATE") if formats else _iso(text, "DATE", f"{ISO_DAY}({ISO_TIME})?")
    if kind == "TIMESTAMP":
        return _timestamp(text, formats, zone)
    return f"try_cast({text} as {kind})"


def _formatted(text: str, formats: tuple[str, ...], kind: str) -> str:
    # Without the guard DuckDB reads «infinity» and «epoch» as 1900-01-01 whatever the format.
    listed = ", ".join(map(literal, formats))
    return f"case when regexp_matches({text}, '\\d') then try_strptime({text}, [{listed}])::{kind} end"


def _iso(text: str, kind: str, pattern: str) -> str:
    return f"case when regexp_full_match({text}, '{pattern}') then try_cast({text} as {kind}) end"


def _timestamp(text: str, formats: tuple[str, ...], zone: str | None) -> str:
    if formats:
        local = _formatted(text, formats, "TIMESTAMP")
        return _to_utc(local, zone)
    local = _to_utc(_iso(text, "TIMESTAMP", f"{ISO_DAY}({ISO_TIME})?"), zone)
    # DuckDB's cast to TIMESTAMP drops an offset silently, so these go through the type that knows it.
    offset = f"timezone('UTC', {_iso(text, 'TIMESTAMPTZ', f'{ISO_DAY}{ISO_TIME}{ISO_OFFSET}')})"
    return f"coalesce({local}, {offset})"


def _to_utc(local: str, zone: str | None) -> str:
    return f"timezone('UTC', timezone({literal(zone)}, {local}))" if zone else local
