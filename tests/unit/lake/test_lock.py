"""The writer lock: one writer, named; freed by the end of its holder, however it ends."""

import signal
import subprocess
import sys

import pytest

from lake.lock import LakeBusyError, writer_lock
from lake.settings import Settings

HOLDER = """
import sys
from pathlib import Path
from lake.lock import writer_lock
from lake.settings import Settings
with writer_lock(Settings(lake=Path(sys.argv[1])), "the other night"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_holds_the_lake_and_a_killed_holder_frees_it(tmp_lake: Settings) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_lake.lake)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(LakeBusyError, match=f"the other night.*{holder.pid}"),
            writer_lock(tmp_lake, "me"),
        ):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with writer_lock(tmp_lake, "me"):
        assert "me" in tmp_lake.paths.writer_lock.read_text(encoding="utf-8")


def test_the_lock_is_free_again_after_an_error_inside(tmp_lake: Settings) -> None:
    with pytest.raises(ZeroDivisionError), writer_lock(tmp_lake, "first"):
        _ = 1 / 0
    with writer_lock(tmp_lake, "second"):
        pass
