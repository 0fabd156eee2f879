"""A newcomer who follows the README sees what it shows."""

from pathlib import Path

import pytest

from tests.support.readme import BLOCK, READMES, refreshed, steady


@pytest.mark.slow
@pytest.mark.parametrize("name", READMES)
def test_the_examples_print_what_the_readme_shows(name: str, project_root: Path, tmp_path: Path) -> None:
    text = (project_root / name).read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) >= 4
    assert steady(text) == steady(refreshed(text, READMES[name], tmp_path / "lake")), (
        "python -m tests.support.readme"
    )
