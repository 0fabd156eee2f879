"""The same night started twice at once: the second says who is at work, and the first ends as if alone."""

import subprocess
import sys
from pathlib import Path

from lake.publication import list_publications
from lake.settings import Settings
from tests.support.device_company import device_company
from tests.support.nights import NIGHT_TIMEOUT_S, PROJECT_ROOT, gantry, night_environment

# A night that tells when its first asset begins, and goes on when it is told to.
HELD_NIGHT = """
import sys
from lake.settings import Settings, quiet_environment
quiet_environment()
from pipelines.progress import Silent
from pipelines.runner import run_night

class Held(Silent):
    is_held = True
    def start(self, asset):
        if self.is_held:
            self.is_held = False
            print("begun", flush=True)
            sys.stdin.readline()

sys.exit(run_night(Settings(), None, Held()).exit_code)
"""


def test_the_second_night_refuses_and_names_the_first(tmp_lake: Settings, tmp_path: Path) -> None:
    settings = device_company(tmp_lake, tmp_path)
    first = subprocess.Popen(
        [sys.executable, "-c", HELD_NIGHT],
        env=night_environment(settings),
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with first:
        assert first.stdout is not None
        assert "begun\n" in iter(first.stdout.readline, "")
        second = gantry("run", settings=settings)
        assert second.returncode == 2
        assert f"gantry night (process {first.pid})" in second.stderr.replace("\n", " "), second.stderr
        first.communicate("go on\n", timeout=NIGHT_TIMEOUT_S)
    assert first.returncode == 0
    assert [made.name for made in list_publications(settings)] == ["night-2025-06-30"]
