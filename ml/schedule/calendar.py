"""Days as numbers that durations add to: all days, or working days alone."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

import numpy as np
import polars as pl


class Calendar(Protocol):
    """Counts days: what `number` gives may be added to and turned back by `day`."""

    def number(self, days: pl.Series) -> np.ndarray:
        """The number of each date; a date on which nobody works counts as the next working one."""
        ...

    def day(self, numbers: np.ndarray) -> np.ndarray:
        """The date of each number, as datetime64[D]."""
        ...


class CalendarDays:
    """Every day counts."""

    def number(self, days: pl.Series) -> np.ndarray:
        """Days since 1970."""
        return days.to_physical().cast(pl.Int64).to_numpy()

    def day(self, numbers: np.ndarray) -> np.ndarray:
        """The date of each number, as datetime64[D]."""
        return numbers.astype("datetime64[D]")


class WorkingDays:
    """Only working days count: those given, and beyond them Monday to Friday.

    working, idle: what is known of particular days. Days before the first and after the last known one are
    taken as ordinary weeks for `margin_days`; a plan that leaves even those raises IndexError.
    """

    def __init__(self, working: Sequence[date], idle: Sequence[date], margin_days: int = 3650) -> None:
        known = [*working, *idle] or [date(2000, 1, 1)]
        first = min(known) - timedelta(days=margin_days)
        last = max(known) + timedelta(days=margin_days)
        days = np.arange(np.datetime64(first), np.datetime64(last), dtype="datetime64[D]")
        works = np.is_busday(days)
        works[np.isin(days, np.array(working, dtype="datetime64[D]"))] = True
        works[np.isin(days, np.array(idle, dtype="datetime64[D]"))] = False
        self._days = days[works]

    def number(self, days: pl.Series) -> np.ndarray:
        """How many working days lie before each date."""
        return np.searchsorted(self._days, days.to_numpy().astype("datetime64[D]"))

    def day(self, numbers: np.ndarray) -> np.ndarray:
        """The working day of each number, as datetime64[D]."""
        return self._days[numbers]
