"""The «next day» of a running make-believe company: the command as a child process, one at a time a lake."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from cockpit.launch import environment
from lake.settings import PROJECT_ROOT, Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOG_NAME = "next-day.log"
#: 0: well; 1: a check failed, and the rest is published.
PUBLISHED_CODES = (0, 1)


class Stage(Enum):
    """How the newest start stands."""

    IDLE, RUNNING, PUBLISHED, FAILED = "idle", "running", "published", "failed"


def is_offered(settings: Settings) -> bool:
    """Whether a company on this machine can be moved on; another machine's clock is not ours."""
    return urlsplit(settings.sandbox_url or "").hostname in LOOPBACK


def command(settings: Settings) -> list[str]:
    """What moves the company on and runs the night."""
    return [sys.executable, "-m", "cli.main", "sandbox", "next-day", "--url", settings.sandbox_url or ""]


@dataclass
class NextDay:
    """The child process of one lake; for all sessions of the server."""

    settings: Settings
    arguments: list[str] | None = None
    _process: subprocess.Popen[bytes] | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def log(self) -> Path:
        """Where the command's words go."""
        return self.settings.paths.root / "logs" / LOG_NAME

    @property
    def stage(self) -> Stage:
        """How it stands now."""
        if self._process is None:
            return Stage.IDLE
        code = self._process.poll()
        if code is None:
            return Stage.RUNNING
        return Stage.PUBLISHED if code in PUBLISHED_CODES else Stage.FAILED

    def start(self) -> bool:
        """Start it; False when it runs already, for whoever pressed first."""
        with self._lock:
            if self.stage is Stage.RUNNING:
                return False
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("wb") as words:
                self._process = subprocess.Popen(
                    self.arguments or command(self.settings),
                    cwd=PROJECT_ROOT,
                    env=environment(self.settings),
                    stdin=subprocess.DEVNULL,
                    stdout=words,
                    stderr=subprocess.STDOUT,
                )
            return True

    def last_words(self) -> str:
        """The last line of the log that says anything."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
