"""The project's YAML says what it seems to say; dbt keeps its parse only when every key is a text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[3] / "dbt_project"
FILES = sorted(path for path in PROJECT.rglob("*.yml") if "target" not in path.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_key_is_a_text_and_stands_once(path: Path) -> None:
    # This loader refuses a key that stands twice: `{zh: a × 1,000,000}` has two keys too many.
    YAML(typ="safe").load(path)
    # dbt's own reads YAML 1.1, where a bare `on` is true.
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert [key for key in keys_of(content) if not isinstance(key, str)] == []


def keys_of(content: Any) -> Iterator[Any]:
    """All keys at all depths."""
    parts: list[Any] = content if isinstance(content, list) else []
    if isinstance(content, dict):
        yield from content
        parts = list(content.values())
    for part in parts:
        yield from keys_of(part)
