"""What Sparkplug B births said: the names and types behind aliases, remembered beside the spool.

A birth counts for the messages received after it. Several are kept of each device, so that a journal which is
closed late, or twice, is read by the births of its own time.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ingest.intake.spool import sync_folder

KEPT = 8
FOLDER = "births"


class Known(NamedTuple):
    """What a birth says of a metric."""

    name: str
    datatype: int


@dataclass(frozen=True)
class Birth:
    """One birth: when it was received (microseconds since 1970), and its metrics."""

    received_us: int
    metrics: tuple[tuple[int | None, str, int], ...]

    def by_alias(self, alias: int) -> Known | None:
        """The metric behind an alias."""
        return next((Known(name, kind) for each, name, kind in self.metrics if each == alias), None)

    def by_name(self, name: str) -> Known | None:
        """The metric of that name."""
        return next((Known(each, kind) for _, each, kind in self.metrics if each == name), None)


class Births:
    """The births of all devices, by `<group>/<node>[/<device>]`. Raises OSError when they cannot be kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, list[Birth]] = {}

    def add(self, device: str, birth: Birth) -> None:
        """Remember a birth, safely before anything that relies on it."""
        births = self._read(device)
        if birth in births:
            return
        self._known[device] = sorted([*births, birth], key=lambda each: each.received_us)[-KEPT:]
        self._write(device)

    def at(self, device: str, received_us: int) -> Birth | None:
        """The newest birth before that moment; None when there was none."""
        if device not in self._known:
            self._known[device] = self._read(device)
        return next((each for each in reversed(self._known[device]) if each.received_us <= received_us), None)

    def _path(self, device: str) -> Path:
        return self.folder / f"{hashlib.sha256(device.encode()).hexdigest()[:32]}.json"

    def _read(self, device: str) -> list[Birth]:
        path = self._path(device)
        if not path.exists():
            return []
        kept = json.loads(path.read_text(encoding="utf-8"))["births"]
        return [Birth(each["received_us"], tuple(map(tuple, each["metrics"]))) for each in kept]

    def _write(self, device: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(device)
        unfinished = path.with_suffix(f".{os.getpid()}")
        births = [{"received_us": each.received_us, "metrics": each.metrics} for each in self._known[device]]
        with unfinished.open("w", encoding="utf-8") as stream:
            json.dump({"device": device, "births": births}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(path)
        sync_folder(self.folder)
