"""The process that turns journals into Parquet, seen from the service: handed journals, restarted if it dies.

It ends when the service does, however that ends: its standard input closes.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from ingest.intake.stats import Stats
from lake.text import text

log = logging.getLogger(__name__)
FINISH_SECONDS = 60


class Closer:
    """One converting process. `submit` may be called from one thread."""

    def __init__(self, topics: str, payload_limit: int, stats: Stats, language: str | None = None) -> None:
        self.stats, self.language = stats, language
        self._settings = json.dumps({"topics": topics, "payload_limit": payload_limit})
        self._waiting: dict[str, Path] = {}
        self._failed: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._is_finishing = False
        self._process, self._reader = self._start()

    def submit(self, journals: Iterable[Path]) -> None:
        """Close these journals, and try again those that failed before."""
        with self._lock:
            journals = [*self._failed.values(), *journals]
            self._failed.clear()
            for path in journals:
                self._waiting[path.name] = path
                self._tell(path)

    def finish(self) -> None:
        """Wait until all that was submitted is closed."""
        self._is_finishing = True
        with self._lock:
            self._close_input()
        self._process.wait(FINISH_SECONDS)
        self._reader.join(FINISH_SECONDS)

    def _start(self) -> tuple[subprocess.Popen[str], threading.Thread]:
        process = subprocess.Popen(
            [sys.executable, "-m", "ingest.intake.closing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        reader = threading.Thread(target=self._read, args=(process,), name="closer", daemon=True)
        self._process = process
        self._write(self._settings)
        reader.start()
        return process, reader

    def _tell(self, path: Path) -> None:
        self._write(json.dumps(str(path)))

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            log.debug("the converting process has gone; its reader starts it again")

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            log.debug("the converting process has gone before its input ended")

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._note(json.loads(line))
        code = process.wait()
        if not self._is_finishing:
            log.error(text("intake.closer_ended", self.language, code=code))
            with self._lock:
                self._process, self._reader = self._start()
                for path in self._waiting.values():
                    self._tell(path)

    def _note(self, closed: dict) -> None:
        with self._lock:
            path = self._waiting.pop(closed["journal"], None)
            if closed["error"] and path is not None:
                self._failed[path.name] = path
        stats = self.stats
        if closed["error"]:
            stats.close_errors += 1
            told = {"batch": closed["journal"], "error": closed["error"]}
            log.error(text("intake.close_failed", self.language, **told))
        else:
            stats.batches += 1
            stats.readings += closed["readings"]
            stats.broken += closed["broken"]
            stats.duplicates += closed["duplicates"]
