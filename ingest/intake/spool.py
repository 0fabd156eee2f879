"""The spool under `<lake>/intake/`: what was acknowledged stands here, whatever happens.

`open/<batch>.journal` is written by one instance, which holds its lock until it dies or seals it; sealed and
orphaned journals are turned into `closed/<batch>.parquet` (closing.py) and only then removed.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.intake.journal import block_of

OPEN, CLOSED = "open", "closed"
JOURNAL = ".journal"


@dataclass
class _Journal:
    path: Path
    descriptor: int
    opened: float
    size: int = 0
    blocks: int = 0


class Spool:
    """One instance's journals. Not for several threads: only the writer touches it."""

    def __init__(self, folder: Path, *, max_bytes: int, max_seconds: float) -> None:
        self.folder, self.max_bytes, self.max_seconds = folder, max_bytes, max_seconds
        self._journal: _Journal | None = None
        self._sealed: list[Path] = []
        for name in (OPEN, CLOSED):
            (folder / name).mkdir(parents=True, exist_ok=True)
            sync_folder(folder)

    def append(self, messages: Iterable[tuple[bytes, bytes, int, bool]]) -> None:
        """Write messages as one block and sync it; afterwards they may be acknowledged.

        Raises OSError when the disk is full or broken; the block then does not count, and may be tried again.
        """
        block = block_of(messages)
        journal = self._journal or self._create()
        try:
            written = 0
            while written < len(block):
                written += os.write(journal.descriptor, block[written:])
            os.fsync(journal.descriptor)
        except OSError:
            # Nothing may follow a torn block, and what a failed sync left behind is unknown.
            self._abandon(journal)
            raise
        journal.size += len(block)
        journal.blocks += 1

    @property
    def is_due(self) -> bool:
        """Whether the open journal is full or old enough to be sealed."""
        journal = self._journal
        return journal is not None and (
            journal.size >= self.max_bytes or time.monotonic() - journal.opened >= self.max_seconds
        )

    def seal(self) -> None:
        """End the open journal, if there is one; `take_sealed` hands it out."""
        if self._journal is not None:
            os.close(self._journal.descriptor)
            self._sealed.append(self._journal.path)
            self._journal = None

    def take_sealed(self) -> list[Path]:
        """Journals sealed since the last call."""
        sealed, self._sealed = self._sealed, []
        return sealed

    def orphans(self) -> list[Path]:
        """Journals whose instance has died, oldest first."""
        return [path for path in sorted((self.folder / OPEN).glob(f"*{JOURNAL}")) if _is_orphan(path)]

    def free_bytes(self) -> int:
        """Room left on the spool's disk."""
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def _create(self) -> _Journal:
        # Names sort by time, so that batches are loaded in the order in which they came.
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}{JOURNAL}"
        path = self.folder / OPEN / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            sync_folder(path.parent)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self._journal = _Journal(path, descriptor, time.monotonic())
        return self._journal

    def _abandon(self, journal: _Journal) -> None:
        if journal.blocks:
            self.seal()
            return
        os.close(journal.descriptor)
        journal.path.unlink(missing_ok=True)
        self._journal = None


def sync_folder(folder: Path) -> None:
    """Make the folder's entries safe: a new or renamed file is there only once its folder is synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_orphan(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True
