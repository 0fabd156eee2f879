"""The lock holds what the project asks for, each file by its hash and from no named place."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))?( \\)?$", re.MULTILINE)


@pytest.fixture(scope="module")
def lock(project_root: Path) -> str:
    """The lock's text."""
    return (project_root / "requirements.lock").read_text(encoding="utf-8")


def test_it_satisfies_the_project_file(project_root: Path, lock: str) -> None:
    project = tomllib.loads((project_root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["dev"]]
    locked: dict[str, list[str]] = {}
    for match in ENTRY.finditer(lock):
        locked.setdefault(canonicalize_name(match[1]), []).append(match[2])
    unmet = [
        str(r) for r in asked if not any(v in r.specifier for v in locked.get(canonicalize_name(r.name), []))
    ]
    assert unmet == [], "make lock"


def test_every_entry_has_hashes(lock: str) -> None:
    entries = [match[1] for match in ENTRY.finditer(lock)]
    assert len(entries) > 100
    bare = [match[1] for match in ENTRY.finditer(lock) if not match[4]]
    assert bare == []


def test_it_names_no_place(lock: str) -> None:
    assert "://" not in lock
    assert not re.search(r"^\s*-(-index|-extra|-find|i|f|e)", lock, re.MULTILINE)
