"""The README says what is so: settings, commands, links, the tutorial's mapping file."""

import re
from pathlib import Path

import pytest

from lake.settings import Settings

READMES = ("README.md", "README.zh.md")


@pytest.fixture(params=READMES)
def readme(request: pytest.FixtureRequest, project_root: Path) -> str:
    """Each README in turn."""
    return (project_root / request.param).read_text(encoding="utf-8")


def test_it_lists_every_setting(readme: str) -> None:
    listed = set(re.findall(r"^\| `(GANTRY_\w+)`", readme, re.MULTILINE))
    assert listed == {f"GANTRY_{name.upper()}" for name in Settings.model_fields}


def test_it_lists_every_command(readme: str) -> None:
    from cli.main import app

    commands = [command.name for command in app.registered_commands] + [
        group.name for group in app.registered_groups
    ]
    assert len(commands) > 5
    assert [name for name in commands if f"| `gantry {name}" not in readme] == []


def test_its_links_and_pictures_are_there(readme: str, project_root: Path) -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in target]
    assert targets
    assert [target for target in targets if not (project_root / target).exists()] == []


def test_it_shows_the_tutorials_mapping_file_as_it_is(readme: str, project_root: Path) -> None:
    assert (project_root / "docs" / "tutorial" / "company.yml").read_text(encoding="utf-8") in readme
