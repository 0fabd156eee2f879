"""The project's YAML says what it seems to say; dbt keeps its parse only when every key is a text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[3] / "dbt_project"
FILES = sorted(path for path in PROJECT.rglob("*.yml") if "target" not in path.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_key_is_a_text_and_stands_once(path: Path) -> None:
    # The loader itself refuses a key that stands twice: `{zh: a × 1,000,000}` has two keys too many.
    assert [key for key in keys_of(YAML(typ="safe").load(path)) if not isinstance(key, str)] == []


def keys_of(content: Any) -> Iterator[Any]:
    if isinstance(content, dict):
        yield from content
    for part in (
        content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    ):
        yield from keys_of(part)
