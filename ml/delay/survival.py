"""Product-limit (Kaplan–Meier) curves of delay, for all classes at once, with late entry.

A delay is finish minus plan in days and may be negative; the estimator needs no shift, because only the order
of delays counts. A milestone that is still open is known to be later than its present age: censored there.
One that was already running when the observed period began counts only from its age at that moment on.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

#: log survival lost by a step at which all at risk finish: finite, because with late entry others may follow.
_ALL_GONE = -50.0
#: Survival is a product of ratios: equal shares reached by different routes differ in the last digits.
_EPSILON = 1e-9


@dataclass(frozen=True)
class Blocks:
    """Sorted values of many classes, laid end to end: class c has `values[start[c]:stop[c]]`."""

    values: np.ndarray
    start: np.ndarray
    stop: np.ndarray

    def after(self, class_no: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """The first position in each class whose value is greater than `wanted` (`stop` if there is none).

        Bisection over all questions together: a loop of log2(size) turns instead of one a question.
        """
        low, high = self.start[class_no], self.stop[class_no]
        while (searching := low < high).any():
            middle = (low + high) // 2
            is_before = self.values[np.minimum(middle, len(self.values) - 1)] <= wanted
            low = np.where(searching & is_before, middle + 1, low)
            high = np.where(searching & ~is_before, middle, high)
        return low


@dataclass(frozen=True)
class Curves:
    """Step functions log S(t), S(t) the share of a class later than t, one block a class, from (−inf, 0) on.

    exit, at_risk: the delays at which milestones leave observation, finished or not, and the most that are
        under observation at any time from then on.
    end: the last step of each class: beyond it nobody finished, or too few are left to speak for the class.
    """

    delay: Blocks
    log_survival: np.ndarray
    exit: Blocks
    at_risk: np.ndarray
    end: np.ndarray

    def at(self, class_no: np.ndarray, delay: np.ndarray) -> np.ndarray:
        """Log of the share of the class that is later than `delay`."""
        return self.log_survival[self.delay.after(class_no, delay) - 1]

    def reach(self, class_no: np.ndarray, log_level: np.ndarray) -> np.ndarray:
        """The smallest delay at which log S is at most `log_level`; NaN where the curve ends above it.

        It ends above where the latest milestones of the class are still open: their tail is not known yet.
        """
        falling = Blocks(-self.log_survival, self.delay.start, self.delay.stop)
        step = falling.after(class_no, -log_level - _EPSILON)
        delay = self.delay.values[np.minimum(step, len(self.log_survival) - 1)]
        return np.where(step < self.delay.stop[class_no], delay, np.nan)

    def count_at_risk(self, class_no: np.ndarray, delay: np.ndarray) -> np.ndarray:
        """How many of the class were seen to be open at once after `delay`, whatever became of them."""
        position = self.exit.after(class_no, delay)
        count = self.at_risk[np.minimum(position, len(self.at_risk) - 1)]
        return np.where(position < self.exit.stop[class_no], count, 0)


def product_limit(known: pl.DataFrame, class_count: int, minimum_at_risk: int = 1) -> Curves:
    """The curves of classes 0 … class_count−1, each read only where `minimum_at_risk` are at risk.

    known: class_no, entry_days (exclusive; −inf or any age before the first delay: seen from its start),
    delay_days, is_finished; each class has at least one row. Ties: a finish on a day comes before a censoring
    on the same day.
    """
    known = known.select("class_no", pl.col("entry_days", "delay_days").cast(pl.Float64), "is_finished")
    entries, exits = (
        _blocks(known.select("class_no", value=column).sort("class_no", "value"), class_count)
        for column in ("entry_days", "delay_days")
    )
    days = known.group_by("class_no", "delay_days").agg(pl.col("is_finished").sum())
    days = days.sort("class_no", "delay_days")
    class_no, delay = days["class_no"].to_numpy(), days["delay_days"].to_numpy()
    before = np.nextafter(delay, -np.inf)
    at_risk = (entries.after(class_no, before) - entries.start[class_no]) - (
        exits.after(class_no, before) - exits.start[class_no]
    )
    days = days.with_columns(at_risk=at_risk)
    steps = days.filter(pl.col("is_finished") > 0, pl.col("at_risk") >= minimum_at_risk).select(
        "class_no",
        value="delay_days",
        log_survival=(1.0 - pl.col("is_finished") / pl.col("at_risk"))
        .log()
        .clip(lower_bound=_ALL_GONE)
        .cum_sum()
        .over("class_no"),
    )
    heads = pl.DataFrame(
        {"class_no": np.arange(class_count), "value": -np.inf, "log_survival": 0.0}, schema=steps.schema
    )
    steps = pl.concat([heads, steps]).sort("class_no", "value")
    return Curves(
        delay=_blocks(steps, class_count),
        log_survival=steps["log_survival"].to_numpy(),
        exit=_blocks(days.rename({"delay_days": "value"}), class_count),
        at_risk=days.select(pl.col("at_risk").cum_max(reverse=True).over("class_no"))["at_risk"].to_numpy(),
        end=_ends(steps, class_count),
    )


def _ends(steps: pl.DataFrame, class_count: int) -> np.ndarray:
    """The last step of each class, −inf where there is none.

    Not the last age seen: a level stretch at the end, often a few milestones that everybody forgot, would be
    read as years in which nothing can finish.
    """
    last = steps.group_by("class_no").agg(pl.col("value").max()).sort("class_no")
    assert last.height == class_count
    return last["value"].to_numpy()


def _blocks(frame: pl.DataFrame, class_count: int) -> Blocks:
    """The values of a frame (class_no, value) sorted by class and value."""
    classes, wanted = frame["class_no"].to_numpy(), np.arange(class_count)
    return Blocks(
        values=frame["value"].to_numpy(),
        start=np.searchsorted(classes, wanted, side="left"),
        stop=np.searchsorted(classes, wanted, side="right"),
    )
