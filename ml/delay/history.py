"""What was known of whom on which day: records of lateness as of any date, for many questions at once.

A record never reads the future: whether an item is late is known the day after its date has passed without a
finish, whatever it comes to in the end; that it was in time, on the day it finished. So overdue work counts
as late from that day on, and those who take longest do not vanish from the record.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

#: A day after all others: of what has not happened. A key and a day fit one integer.
NEVER = (1 << 20) - 1
#: Shares are summed as whole millionths, so that sums do not depend on the order of what comes later.
_FIXED = 10**6

_OPEN, _KNOWN, _LATE, _OVERDUE, _OVERDUE_PLAN, _DELAY, _SURPRISE, _FINISHED, _DURATION = range(9)


def day_numbers(column: pl.Series) -> np.ndarray:
    """Dates as days since 1970, NEVER where there is none; dates before 1970 count as that day."""
    days = column.cast(pl.Date).to_physical().cast(pl.Int64).fill_null(NEVER).to_numpy()
    return np.clip(days, 0, NEVER)


def shared_codes(*columns: pl.Series) -> list[np.ndarray]:
    """The columns' values as whole numbers that mean the same in each; −1 for NULL."""
    texts = [column.cast(pl.String) for column in columns]
    code = pl.concat(texts).rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    return np.split(code, np.cumsum([len(text) for text in texts])[:-1])


def sums_as_of(
    keys: np.ndarray, days: np.ndarray, values: np.ndarray, asked: np.ndarray, asked_days: np.ndarray
) -> np.ndarray:
    """For each question the sums of the whole-number `values` of its key up to and with its day."""
    has_key = keys >= 0
    code = (keys[has_key] << 20) + days[has_key]
    order = np.argsort(code, kind="stable")
    code = code[order]
    total = np.zeros((len(code) + 1, values.shape[1]), np.int64)
    np.cumsum(values[has_key][order], axis=0, out=total[1:])
    base = np.maximum(asked, 0) << 20
    until = np.searchsorted(code, base + np.clip(asked_days, 0, NEVER - 1), "right")
    sums = total[until] - total[np.searchsorted(code, base, "left")]
    sums[asked < 0] = 0
    return sums


@dataclass(frozen=True)
class Record:
    """Sums of one key as of one day, one row a question."""

    sums: np.ndarray
    days: np.ndarray

    @property
    def open_count(self) -> np.ndarray:
        """Under way on the day."""
        return np.maximum(self.sums[:, _OPEN], 0).astype(float)

    @property
    def known_count(self) -> np.ndarray:
        """Of which it is known whether they are late."""
        return self.sums[:, _KNOWN].astype(float)

    @property
    def late_count(self) -> np.ndarray:
        """Known to be late."""
        return self.sums[:, _LATE].astype(float)

    @property
    def overdue_count(self) -> np.ndarray:
        """Past their date and not finished."""
        return self.sums[:, _OVERDUE].astype(float)

    @property
    def mean_delay(self) -> np.ndarray:
        """Mean days late of finished and overdue ones, these by how late they are so far; 0 for none."""
        so_far = self.sums[:, _OVERDUE] * self.days - self.sums[:, _OVERDUE_PLAN]
        count = self.sums[:, _FINISHED] + self.sums[:, _OVERDUE]
        return (self.sums[:, _DELAY] + so_far) / np.maximum(count, 1)

    @property
    def mean_planned_days(self) -> np.ndarray:
        """Mean planned duration of those begun; 0 for none."""
        return self.sums[:, _DURATION] / np.maximum(self.sums[:, _OPEN] + self.sums[:, _FINISHED], 1)

    def late_share(self, prior: np.ndarray | float, prior_count: float) -> np.ndarray:
        """Share of late ones, drawn towards `prior` as if that many outcomes had been seen at it."""
        return (self.late_count + prior_count * prior) / (self.known_count + prior_count)

    def surprise(self, prior_count: float, before: "Record | None" = None) -> np.ndarray:
        """How much more often late than the segments of its items would have it, drawn towards 0.

        before: an earlier record of the same keys, taken away: what came since.
        """
        surprise, count = self.sums[:, _SURPRISE] / _FIXED, self.known_count
        if before is not None:
            surprise, count = surprise - before.sums[:, _SURPRISE] / _FIXED, count - before.known_count
        return surprise / (count + prior_count)


class History:
    """Items with a start and a date, ready to be asked for records by any key."""

    def __init__(self, items: pl.DataFrame, prior_count: float) -> None:
        """items: ITEM_SCHEMA; those not begun have no part in any record."""
        self.items = items.filter(pl.col("started_on").is_not_null())
        self.start, self.plan, self.finish = (
            day_numbers(self.items[name]) for name in ("started_on", "planned_finish_on", "finished_on")
        )
        self.is_late = self.finish > self.plan
        self.known_on = np.where(self.is_late, self.plan + 1, self.finish)
        self._events = self._make_events(np.zeros(len(self.start), np.int64))
        self._surprise(prior_count)

    def _make_events(self, surprise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        count = len(self.start)
        late = self.is_late.astype(np.int64)
        values = np.zeros((3, count, 9), np.int64)
        values[0, :, _OPEN] = 1
        values[0, :, _DURATION] = self.plan - np.minimum(self.start, self.plan)
        values[1, :, _KNOWN], values[1, :, _LATE], values[1, :, _OVERDUE] = 1, late, late
        values[1, :, _OVERDUE_PLAN], values[1, :, _SURPRISE] = late * self.plan, surprise
        values[2, :, _OPEN], values[2, :, _OVERDUE], values[2, :, _FINISHED] = -1, -late, 1
        values[2, :, _OVERDUE_PLAN], values[2, :, _DELAY] = -late * self.plan, self.finish - self.plan
        # What never finished has no such day: its events lie at NEVER, where nobody asks.
        return np.concatenate([self.start, self.known_on, self.finish]), values.reshape(-1, 9)

    def _surprise(self, prior_count: float) -> None:
        """How far each outcome was from the late share of its segment on the day before it was known."""
        (segment,) = shared_codes(self.items["segment_code"].fill_null(""))
        before = self.known_on - 1
        everywhere = np.zeros(len(segment), np.int64)
        overall = self.record(everywhere, everywhere, before).late_share(0.5, 2)
        expected = self.record(segment, segment, before).late_share(overall, prior_count)
        self._events = self._make_events(np.round((self.is_late - expected) * _FIXED).astype(np.int64))

    def record(self, keys: np.ndarray, asked: np.ndarray, asked_days: np.ndarray) -> Record:
        """The record of each key asked for as of its day. keys: of this history's items; −1: of nobody."""
        days, values = self._events
        return Record(sums_as_of(np.tile(keys, 3), days, values, asked, asked_days), asked_days)

    def record_of_rows(
        self, rows: np.ndarray, keys: np.ndarray, asked: np.ndarray, asked_days: np.ndarray
    ) -> Record:
        """The same where an item stands in several rows, such as one a word of its name."""
        days, values = self._events
        at = np.concatenate([rows + turn * len(self.start) for turn in range(3)])
        return Record(sums_as_of(np.tile(keys, 3), days[at], values[at], asked, asked_days), asked_days)

    def last_delay(self, keys: np.ndarray, asked: np.ndarray, asked_days: np.ndarray) -> np.ndarray:
        """The days late of the item of each key that finished last by the day; 0 for none."""
        is_done = (keys >= 0) & (self.finish < NEVER)
        if not is_done.any():
            return np.zeros(len(asked))
        code = (keys[is_done] << 20) + self.finish[is_done]
        delay = (self.finish - self.plan)[is_done]
        order = np.lexsort((delay, code))
        code, delay = code[order], delay[order]
        at = (
            np.searchsorted(code, (np.maximum(asked, 0) << 20) + np.clip(asked_days, 0, NEVER - 1), "right")
            - 1
        )
        is_found = (asked >= 0) & (at >= 0) & (code[np.maximum(at, 0)] >> 20 == asked)
        return np.where(is_found, delay[np.maximum(at, 0)], 0).astype(float)
