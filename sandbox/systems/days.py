"""The company on a day as all of its systems show it, dirt included; made once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from threading import Lock

import polars as pl

from sandbox.company import generate
from sandbox.dirt import soiled

#: What of the ledger holds for running systems, whose rows have no number.
LEDGER = dict.fromkeys(("table", "column", "kind", "key", "rule_code"), pl.String)
Generate = Callable[[int, float, date], dict[str, pl.DataFrame]]


@dataclass
class Days:
    """Frames by contract table and day; the day asked for last is kept."""

    seed: int
    scale: float
    is_soiled: bool = True
    make: Generate = generate

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._day: date | None = None
        self._frames: dict[str, pl.DataFrame] = {}
        self._dirt = pl.DataFrame(schema=LEDGER)

    def frames(self, day: date) -> dict[str, pl.DataFrame]:
        """The state of the whole company at the end of a day."""
        with self._lock:
            if self._day != day:
                self._frames, self._dirt = {}, pl.DataFrame(schema=LEDGER)
                made = self.make(self.seed, self.scale, day)
                if self.is_soiled:
                    made, ledger = soiled(made, self.seed)
                    self._dirt = ledger.filter("is_refused").select(list(LEDGER))
                self._day, self._frames = day, made
            return self._frames

    @property
    def dirt(self) -> pl.DataFrame:
        """Where the day asked for last is wrong, by row that the door must refuse: `LEDGER`."""
        return self._dirt
