"""The child process behind «next day»: one at a time, its end told by its exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cockpit.services.next_day import NextDay, Stage, command, is_offered
from lake.settings import Settings


def work(tmp_path: Path, code: str) -> NextDay:
    settings = Settings(lake=tmp_path, sandbox_url="http://127.0.0.1:8504")
    return NextDay(settings, [sys.executable, "-c", code])


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        (None, False),
        ("http://127.0.0.1:8504", True),
        ("http://localhost:8504", True),
        ("http://erp.example:8504", False),
    ],
)
def test_only_a_company_on_this_machine_is_moved(url: str | None, is_ours: bool) -> None:
    assert is_offered(Settings(sandbox_url=url)) is is_ours


def test_the_command_line_does_it() -> None:
    told = command(Settings(sandbox_url="http://127.0.0.1:8504"))
    assert told[1:] == ["-m", "cli.main", "sandbox", "next-day", "--url", "http://127.0.0.1:8504"]


def test_it_runs_once_until_it_ends(tmp_path: Path) -> None:
    blocked = work(tmp_path, f"open({str(tmp_path / 'go')!r}).read()")
    assert blocked.stage is Stage.IDLE
    os.mkfifo(tmp_path / "go")
    assert blocked.start()
    assert blocked.stage is Stage.RUNNING
    assert not blocked.start(), "whoever presses second starts nothing"
    (tmp_path / "go").write_text("now")
    assert blocked._process is not None
    blocked._process.wait(20)
    assert blocked.stage is Stage.PUBLISHED
    assert blocked.start(), "and then the next one"
    (tmp_path / "go").write_text("now")
    blocked._process.wait(20)


@pytest.mark.parametrize(
    ("code", "stage"), [(0, Stage.PUBLISHED), (1, Stage.PUBLISHED), (2, Stage.FAILED), (64, Stage.FAILED)]
)
def test_the_exit_code_tells_whether_there_is_a_publication(tmp_path: Path, code: int, stage: Stage) -> None:
    ended = work(tmp_path, f"import sys; print('why it ended'); print(); sys.exit({code})")
    ended.start()
    assert ended._process is not None
    ended._process.wait(20)
    assert ended.stage is stage
    assert ended.last_words() == "why it ended"
    assert ended.log == tmp_path / "logs" / "next-day.log"
