"""Wild CSV files: the typed and the all-text reading agree, and no row is lost or counted twice."""

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.company import Company, Feed, Source, TableMap, column_map
from ingest.faults import Faults
from ingest.staging import Batch
from lake.contracts import Column, Contract, Rule

TEXT = {"zh": "", "en": ""}
KINDS = {
    "id": "VARCHAR",
    "n": "BIGINT",
    "amount": "DECIMAL(18,2)",
    "ratio": "DOUBLE",
    "day": "DATE",
    "at": "TIMESTAMP",
    "is_on": "BOOLEAN",
    "code": "VARCHAR",
}


def column(name: str, kind: str) -> Column:
    vocabulary = ("a", "b") if name == "code" else ()
    bounds = (0, 1000) if name == "amount" else (None, None)
    return Column(name, kind, None, name == "n", vocabulary, *bounds, None, "internal", TEXT, TEXT)


DATABASE = duckdb.connect()
CONTRACT = Contract(
    name="test__things",
    version="1",
    key=("id",),
    columns=tuple(column(name, kind) for name, kind in KINDS.items()),
    references=(),
    rules=(Rule("ratio_below_amount", "ratio <= amount", {"zh": "比例过大", "en": "ratio above amount"}),),
    label=TEXT,
    meaning=TEXT,
)


def stage(folder: Path, *, typed: bool, filter_: str | None = None) -> tuple[Batch, Faults]:
    """The file `things.csv` of the folder, staged one way or the other."""
    con = DATABASE.cursor()
    source = Source("s", "csv", (str(folder / "things.csv"),), (folder,), delimiter=",")
    columns = tuple(column_map(name, f" {name} ".upper()) for name in KINDS)
    feed = Feed(source, columns, filter=filter_)
    table_map = TableMap("test__things", (feed,))
    company = Company(
        folder / "company.yml", TEXT, "UTC", "CNY", None, {"s": source}, {"test__things": table_map}
    )
    batch = Batch(con, company, table_map, CONTRACT, typed_from_bytes=0 if typed else 1 << 60)
    batch.stage([(feed, source.files())])
    assert bool(batch.typed) == typed
    faults = Faults(batch)
    faults.find()
    return batch, faults


def outcome(batch: Batch, faults: Faults) -> dict[str, list]:
    """What became of every row: row numbers with their values or reasons."""
    con = batch.con
    return {
        "kept": con.execute(
            f"select * exclude (_latest, _part, _file_no) from {faults.kept} order by _n"
        ).fetchall(),
        "faults": con.execute(
            f"select _n, column_name, rule_code, value, message_en from {faults.table} order by all"
        ).fetchall(),
        "repeats": con.execute(f"select _n from {faults.repeats} order by all").fetchall(),
        "malformed": [(row.number, row.line) for _, row in batch.malformed],
    }


NUMBERS = [
    *("0", "1", "12", "1.0", "1.5", "-3", "+5", "1e2", "1_000", "0x1F", " 7 ", "1,5", "99999999999999999999"),
    *("9007199254740993", "nan", "inf", "1e400", "abc", ".5", "5.", "12.345", "999.995", "１２"),
]
DAYS = [
    *("2024-01-31", "2024-02-31", "2024-1-2", "2024/01/02", "2024-01-02 x", "2024-01-02 10:00:00"),
    *("infinity", "epoch", "24-01-02", "0001-01-01", "1900-01-01", "10000-01-01", "2024-01-02 (BC)"),
    *(" 2024-01-02", "soon"),
]
TIMES = [
    *DAYS,
    *("2024-01-02T10:00:00", "2024-01-02T10:00:00Z", "2024-01-02T10:00:00+08:00", "2024-01-02 25:00:00"),
    *("2024-01-02 10:00:00.123456", "2024-01-02 10:00"),
]
BOOLEANS = ["true", "FALSE", "t", "yes", "1", "on", "2", " true "]
#: Line breaks and quotes are written as CSV wants them; a NUL ends a text for DuckDB's reader and is no text.
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x00"), max_size=6)
BLANK = st.sampled_from(["", " ", "  "])
ROWS = st.lists(
    st.one_of(
        st.tuples(
            st.one_of(st.sampled_from(["k1", "k2", "k3", " k1 "]), WORDS),
            st.one_of(st.sampled_from(NUMBERS), st.integers(-10, 10).map(str), BLANK),
            st.one_of(st.sampled_from(NUMBERS), st.decimals(0, 2000, places=3).map(str), BLANK),
            st.one_of(st.sampled_from(NUMBERS), BLANK),
            st.one_of(st.sampled_from(DAYS), st.dates().map(str), BLANK),
            st.one_of(st.sampled_from(TIMES), BLANK),
            st.one_of(st.sampled_from(BOOLEANS), BLANK),
            st.one_of(st.sampled_from(["a", "b", "c", " a ", "x\ny", 'q"q', "l\n\nl"]), BLANK),
        ),
        st.lists(st.sampled_from(["1", "x", ""]), min_size=2, max_size=10),
    ),
    max_size=12,
)


def write(folder: Path, rows: list, *, blank_after: int | None = None) -> None:
    """Write the rows as a CSV file, with an empty line after one of them."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    stream.write(",".join(f"{name} ".upper() for name in KINDS) + "\n")
    for position, row in enumerate(rows):
        writer.writerow(row)
        if position == blank_after:
            stream.write("\n")
    (folder / "things.csv").write_text(stream.getvalue(), encoding="utf-8", newline="")


def is_well_formed(row: list) -> bool:
    """Whether a row has the file's columns; empty values too many are trailing separators and no harm."""
    return len(row) >= len(KINDS) and not any(row[len(KINDS) :])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("things")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, blank_after=st.none() | st.integers(0, 5))
def test_both_ways_of_reading_agree_and_lose_nothing(
    folder: Path, rows: list, blank_after: int | None
) -> None:
    write(folder, rows, blank_after=blank_after)
    as_text, typed = (stage(folder, typed=way) for way in (False, True))
    assert outcome(*typed) == outcome(*as_text)
    for batch, faults in (as_text, typed):
        assert batch.rows_read == len(rows)
        numbers = set(range(1, len(rows) + 1))
        result = outcome(batch, faults)
        kept = {row[0] for row in result["kept"]}
        broken = {row[0] for row in result["faults"]} | {number for number, _ in result["malformed"]}
        repeats = {row[0] for row in result["repeats"]}
        assert kept | broken | repeats == numbers
        assert len(kept) + len(broken) + len(repeats) == len(rows)
        assert faults.rows_quarantined == len(broken)
        assert {number for number, _ in result["malformed"]} == {
            position for position, row in enumerate(rows, start=1) if not is_well_formed(row)
        }


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.dates(), min_size=1, max_size=5, unique=True))
def test_good_rows_always_enter(folder: Path, days: list) -> None:
    rows = [
        (f"k{i}", str(i), f"{i}.50", "0", str(day), f"{day} 12:00:00", "true", "a")
        for i, day in enumerate(days)
    ]
    write(folder, rows)
    for typed in (False, True):
        kept = outcome(*stage(folder, typed=typed))["kept"]
        assert [(row[1], row[2], row[5]) for row in kept] == [(f"k{i}", i, day) for i, day in enumerate(days)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_filtered_rows_are_skipped_not_lost(folder: Path, rows: list) -> None:
    write(folder, rows)
    batch, _ = stage(folder, typed=False, filter_="\"CODE\" = 'a'")
    well_formed = [row for row in rows if is_well_formed(row)]
    chosen = [row for row in well_formed if row[7] == "a"]
    assert batch.rows_skipped == len(well_formed) - len(chosen)
    assert batch.rows_read == len(chosen) + len(rows) - len(well_formed)


def test_row_numbers_hold_in_a_large_file_with_many_refused_rows(folder: Path) -> None:
    count = 20_000
    rows: list = []
    for i in range(1, count + 1):
        day = "2024-02-31" if i % 7 == 0 else "2024-02-01"
        row = (f"k{i}", str(i), "1", "0", day, "2024-01-01 00:00:00", "true", "c" if i % 11 == 0 else "a")
        rows.append(row[:4] if i % 13 == 0 else row)
    write(folder, rows)
    as_text, typed = (stage(folder, typed=way) for way in (False, True))
    result = outcome(*typed)
    assert result == outcome(*as_text)
    assert [(row[0], row[2]) for row in result["kept"]] == [
        (i, i) for i in range(1, count + 1) if i % 7 and i % 11 and i % 13
    ]
    assert {number for number, _ in result["malformed"]} == set(range(13, count + 1, 13))
