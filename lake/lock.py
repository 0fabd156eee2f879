"""The writer lock: one writer of a lake at a time, whoever it is (command line, Dagster, sensors)."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from lake.settings import Settings
from lake.text import text


class LakeBusyError(RuntimeError):
    """Another process writes the lake; the message names it."""


@contextmanager
def writer_lock(settings: Settings, owner: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lake's writer lock, or raise LakeBusyError naming its holder (with `wait`, block until free).

    The operating system frees the lock when its holder dies, so a killed night never blocks the next.
    """
    path = settings.paths.writer_lock
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LakeBusyError(_busy(handle, settings)) from error
        _write_owner(handle, owner)
        try:
            yield
        finally:
            handle.truncate(0)
            fcntl.flock(handle, fcntl.LOCK_UN)


def _write_owner(handle: IO[str], owner: str) -> None:
    handle.truncate(0)
    handle.write(json.dumps({"owner": owner, "pid": os.getpid()}))
    handle.flush()


def _busy(handle: IO[str], settings: Settings) -> str:
    handle.seek(0)
    content = handle.read()
    holder = json.loads(content) if content else {}
    return text(
        "lake.busy",
        settings.language,
        lake=settings.paths.root,
        owner=holder.get("owner", "?"),
        pid=holder.get("pid", "?"),
    )
