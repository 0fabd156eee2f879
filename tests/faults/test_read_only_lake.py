"""A lake folder that may not be written: said plainly, exit code 2, readers undisturbed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.nights import gantry, run_night_json
from tests.support.programs import bound_by_permissions

FAILED = 2


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write from a folder and all below it, and give it back."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in reversed(paths):
        path.chmod(modes[path] & 0o555)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(modes[path])


def test_a_lake_that_cannot_be_made_is_told(tutorial: Settings) -> None:
    parent = tutorial.lake.parent
    with read_only(parent):
        done = gantry("run", settings=tutorial, prefix=bound_by_permissions())
    assert done.returncode == FAILED, done.stdout + done.stderr
    assert str(tutorial.lake) in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


@pytest.mark.faults
def test_a_lake_that_became_read_only_is_told_and_still_read(tutorial: Settings) -> None:
    run_night_json(tutorial)
    with read_only(tutorial.lake):
        night = gantry("run", settings=tutorial, prefix=bound_by_permissions())
        query = gantry(
            "query",
            "select count(*) as n from marts.fct_milestone",
            "--csv",
            settings=tutorial,
            prefix=bound_by_permissions(),
        )
    assert night.returncode == FAILED, night.stdout + night.stderr
    assert str(tutorial.lake) in night.stderr.replace("\n", "")
    assert "Traceback" not in night.stderr
    assert query.returncode == 0, query.stderr
    assert int(query.stdout.split()[-1]) > 0
