"""The process that turns journals into Parquet, seen from the service: handed journals, restarted if it dies.

It ends when the service does, however that ends: its standard input closes.
"""

import json
import logging
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ingest.intake.stats import Stats
from lake.settings import Settings
from lake.text import text

log = logging.getLogger(__name__)
FINISH_SECONDS = 60
RESTART_SECONDS = 1.0


class Closer:
    """One converting process, given one journal at a time."""

    def __init__(self, settings: Settings, stats: Stats) -> None:
        self.stats, self.language = stats, settings.language
        self._settings = json.dumps(
            {
                "topics": settings.intake_topics,
                "payload_limit": settings.intake_payload_limit,
                "skew": [settings.intake_future_hours, settings.intake_late_hours],
            }
        )
        self._waiting: deque[Path] = deque()
        self._failed: list[Path] = []
        self._current: Path | None = None
        self._changed = threading.Condition()
        self._finishing = threading.Event()
        self._process = self._start()

    def submit(self, journals: Iterable[Path]) -> None:
        """Close these journals, and try again those that failed before."""
        with self._changed:
            self._waiting.extend([*self._failed, *journals])
            self._failed.clear()
            self._next()

    def finish(self) -> None:
        """Wait until all that was submitted is closed; what takes too long is left for the next start."""
        with self._changed:
            self._changed.wait_for(lambda: self._current is None, FINISH_SECONDS)
            self._finishing.set()
            process = self._process
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(1 if self._current is None else 0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.intake.closing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._write(self._settings)
        threading.Thread(target=self._read, args=(self._process,), name="closer", daemon=True).start()
        return self._process

    def _next(self) -> None:
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._write(json.dumps(str(self._current)))

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            log.debug("the converting process has gone; its reader starts it again")

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._note(json.loads(line))
        code = process.wait()
        if not self._finishing.is_set():
            log.error(text("intake.closer_ended", self.language, code=code))
            # Not in a tight circle, should it die of something that stays.
            self._finishing.wait(RESTART_SECONDS)
            with self._changed:
                self._start()
                if self._current is not None:
                    self._write(json.dumps(str(self._current)))

    def _note(self, closed: dict) -> None:
        stats = self.stats
        if closed["error"]:
            stats.close_errors += 1
            told = {"batch": closed["journal"], "error": closed["error"]}
            log.error(text("intake.close_failed", self.language, **told))
        else:
            stats.batches += 1
            stats.readings += closed["readings"]
            stats.reports += closed["reports"]
            stats.broken += closed["broken"]
            stats.duplicates += closed["duplicates"]
        with self._changed:
            if closed["error"] and self._current is not None:
                self._failed.append(self._current)
            self._current = None
            self._next()
            self._changed.notify_all()
