"""Every sentence a user reads is there in both languages, and every call of one fits it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.sources import ROOMS, bad_message_calls, bad_messages, tracked_files


@pytest.fixture(scope="module")
def messages(project_root: Path) -> dict[str, dict[str, Any]]:
    """The message files by room."""
    files = (project_root / "lake" / "messages").glob("*.yml")
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) or {} for file in files}


def test_each_message_is_there_in_both_languages(messages: dict[str, Any]) -> None:
    assert messages
    assert [problem for room, entries in messages.items() for problem in bad_messages(room, entries)] == []


def test_each_call_names_a_message_and_fills_it(project_root: Path, messages: dict[str, Any]) -> None:
    code = [
        p
        for p in tracked_files(project_root)
        if p.suffix == ".py" and p.relative_to(project_root).parts[0] in ROOMS
    ]
    assert [problem for path in code for problem in bad_message_calls(path, messages)] == []


@pytest.mark.parametrize(
    "entry",
    [
        {"zh": "好"},
        {"zh": "", "en": "good"},
        {"zh": "{a}", "en": "{b}"},
        {"zh": "{a}", "en": "a"},
        "good",
        {"zh": "${D} {a}", "en": "${D} {a}"},
    ],
)
def test_a_half_message_is_told(entry: Any) -> None:
    assert len(bad_messages("room", {"key": entry})) == 1


@pytest.mark.parametrize("message", ["{row} 行:{x:,}", "${DATA}", "${{DATA}} {row}"])
def test_a_whole_message_passes(message: str) -> None:
    assert bad_messages("room", {"key": {"zh": message, "en": message}}) == []


@pytest.mark.parametrize(
    ("call", "count"),
    [
        ('text("room.missing")', 1),
        ('text("room.key")', 1),
        ('text("room.key", language, rows=1)', 1),
        ('both("room.key", row=1)', 0),
        ('text("room.key", language, **values)', 0),
        ("text(key)", 0),
    ],
)
def test_a_call_that_does_not_fit_is_told(tmp_path: Path, call: str, count: int) -> None:
    module = tmp_path / "module.py"
    module.write_text(call + "\n")
    assert len(bad_message_calls(module, {"room": {"key": {"zh": "{row}", "en": "{row}"}}})) == count
