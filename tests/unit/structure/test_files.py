"""The project's files keep the house rules, and the checks of them fail when they should."""

import re
import tomllib
from pathlib import Path

import pytest

from lake.settings import QUIET
from tests.support.sources import (
    MAX_LINES,
    ROOMS,
    copied_files,
    foreign_traces,
    imports_annotations,
    overlong_files,
    oversized_files,
    tracked_files,
)

FOLDERS = (*ROOMS, "dbt_project", "data/companies", "docs/decisions", "tests/acceptance")
TEST_FOLDERS = {*ROOMS, "companies", "dbt", "setup", "structure"}


@pytest.fixture(scope="module")
def tracked(project_root: Path) -> list[Path]:
    """The project's files."""
    return tracked_files(project_root)


def test_the_rooms_are_there(project_root: Path) -> None:
    assert [folder for folder in FOLDERS if not (project_root / folder).is_dir()] == []


def test_tests_mirror_the_rooms(project_root: Path) -> None:
    levels = [project_root / "tests" / level for level in ("unit", "integration")]
    folders = [folder for level in levels for folder in level.iterdir() if folder.is_dir()]
    assert [f for f in folders if f.name not in TEST_FOLDERS and not f.name.startswith("__")] == []


def test_a_file_has_one_subject(tracked: list[Path]) -> None:
    assert overlong_files(tracked) == []


def test_no_traces_of_one_machine_or_of_the_work(tracked: list[Path]) -> None:
    assert [trace for path in tracked for trace in foreign_traces(path)] == []


def test_no_file_is_heavy(tracked: list[Path]) -> None:
    assert oversized_files(tracked) == []


def test_no_public_data_set_is_copied(tracked: list[Path], shared_data: Path) -> None:
    assert copied_files(tracked, shared_data) == []


def test_dagster_can_read_the_annotations(tracked: list[Path], project_root: Path) -> None:
    modules = [
        path for path in tracked if path.is_relative_to(project_root / "pipelines") and path.suffix == ".py"
    ]
    assert modules
    assert [path for path in modules if imports_annotations(path)] == []


def test_telemetry_is_off_wherever_a_tool_starts(project_root: Path, tracked: list[Path]) -> None:
    exported = dict(
        re.findall(r"^export (\w+) := (\S+)$", (project_root / "Makefile").read_text(), re.MULTILINE)
    )
    assert exported == QUIET
    streamlit = [path for path in tracked if path.match(".streamlit/config.toml")]
    assert streamlit
    configured = [tomllib.loads(path.read_text(encoding="utf-8")) for path in streamlit]
    assert [settings["browser"]["gatherUsageStats"] for settings in configured] == [False] * len(streamlit)


def test_a_long_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("pass\n" * (MAX_LINES + 1))
    (tmp_path / "short.py").write_text("pass\n" * MAX_LINES)
    assert len(overlong_files(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "line",
    [
        "index = 'https://py" + "pi.org/simple'",
        "open('/ro" + "ot/data.csv')",
        "cd /ho" + "me/someone",
        "fixes iss" + "ue 7",
        "see #" + "12",
        "path=/wo" + "rk/main/lake",
    ],
)
def test_a_trace_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "notes.md").write_text(f"first\n{line}\n")
    assert len(foreign_traces(tmp_path / "notes.md")) == 1


@pytest.mark.parametrize(
    "line", ["data/work/orders.csv", "colour #1a2b3c", "POST /work-orders", "a heading ## 3"]
)
def test_an_innocent_line_passes(tmp_path: Path, line: str) -> None:
    (tmp_path / "notes.md").write_text(line)
    assert foreign_traces(tmp_path / "notes.md") == []


def test_a_copied_file_is_told(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "same.csv").write_text("a,b\n1,2\n")
        (folder / "empty.csv").touch()
    (ours / "other.csv").write_text("a,b\n1,3\n")
    assert copied_files(ours.iterdir(), theirs) == [f"{ours / 'same.csv'} is a copy of {theirs / 'same.csv'}"]


def test_a_heavy_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * 200_001)
    (tmp_path / "b.bin").write_bytes(b"x" * 200_001)
    assert len(oversized_files(tmp_path.iterdir())) == 1


def test_postponed_annotations_are_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from __future__ import annotations\n")
    (tmp_path / "b.py").write_text("import dagster\n")
    assert [imports_annotations(tmp_path / name) for name in ("a.py", "b.py")] == [True, False]
