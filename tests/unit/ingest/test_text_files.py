"""Text before parsing: blank lines, encodings, names; and the numbers of rows around refused ones."""

from pathlib import Path

import duckdb
import pytest

from ingest.problems import closest, folded
from ingest.sources.base import unique_names
from ingest.sources.numbering import number_rows
from ingest.sources.text_files import guess_encoding, without_blank_lines


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n\n1,2\n", b"a,b\n1,2\n"),
        (b"\n\na,b\n1,2\n\n\n", b"a,b\n1,2\n"),
        (b"a,b\r\n\r\n1,2\r\n", b"a,b\r\n1,2\r\n"),
        (b'a,b\n"x\n\ny",2\n\n3,4\n', b'a,b\n"x\n\ny",2\n3,4\n'),
        (b'a,b\n1,"he said ""hi""\n\n"\n\n3,4\n', b'a,b\n1,"he said ""hi""\n\n"\n3,4\n'),
        (b'a,b\n5" pipe,1\n\n6" pipe,2\n', b'a,b\n5" pipe,1\n6" pipe,2\n'),
    ],
)
def test_only_blank_lines_between_records_go(content: bytes, expected: bytes) -> None:
    assert without_blank_lines(content, '"') == expected


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_encodings_are_guessed(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "f"
    path.write_bytes("编号,名称\nC1,某省重点高校新建校区\n".encode(encoding))
    assert guess_encoding(path) == encoding


def test_names_are_trimmed_and_unique() -> None:
    assert unique_names(["\ufeffId ", " Name", "", "name", "NAME"]) == [
        "Id",
        "Name",
        "column_3",
        "name_2",
        "NAME_3",
    ]


def test_names_are_compared_without_case_and_blanks() -> None:
    assert folded(" Project  Phase_Name ") == folded("project_phase_name")
    assert closest("custmer_id", ["customer_id", "name", "Customer Name"]).startswith("customer_id")
    assert closest("xyz", ["customer_id"]) == ""


@pytest.mark.parametrize(
    "refused", [[], [1], [3], [1, 2, 3], [200], [64, 65, 66, 129], list(range(2, 200, 3))]
)
def test_rows_keep_their_numbers_around_refused_ones(refused: list[int]) -> None:
    expected = [number for number in range(1, 201) if number not in refused]
    con = duckdb.connect()
    con.execute("create temp table t as select unnest(?) as number", [expected])
    numbered = number_rows(con, "t", refused)
    rows = con.execute(f"select number, {numbered.expression} from {numbered.relation}").fetchall()
    assert sorted(rows) == [(number, number) for number in expected]
