"""What each word against the model was worth: forecast value added, booked once and never changed after.

A forecast's steps are naive → model → override → agreed (what went into the plan: the override where it was
approved in time, else the model). Each step is frozen at its lag, 30 and 60 days before the period begins,
from what was known then: an override that was typed or approved later takes no part, however it is dated.
FVA of a step is WAPE of the step before minus WAPE of the step (IBF's definition): above zero it helped.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from actions.kinds.approvals import Approve, Reject
from actions.kinds.base import Step, effective
from actions.kinds.forecasts import OverrideForecast

LAGS = (30, 60)
STEPS = ("naive", "model", "override", "agreed")
#: Changes against the model, as shares of it; the upper end belongs to the bucket.
SIZES: tuple[tuple[str, Decimal | None], ...] = (
    ("up_to_10", Decimal("0.1")),
    ("up_to_25", Decimal("0.25")),
    ("up_to_50", Decimal("0.5")),
    ("over_50", None),
)
#: Fewer outcomes say nothing about a kind of override.
MIN_WARNING_COUNT = 8
DRAWS = 2_000
_DRAWN_AT_ONCE = 2_000_000
#: Whose records are looked at before an override, the narrowest first.
RECORDS = (
    ("done_by", "reason_code", "size_code"),
    ("done_by", "reason_code"),
    ("done_by",),
    ("reason_code",),
    ("size_code",),
)
_SEED = 20_250_101


class Cell(NamedTuple):
    """What is forecast: a product, a region (None: all), a month."""

    product_id: str
    region_code: str | None
    period_on: dt.date


@dataclass(frozen=True)
class Frozen:
    """The steps of one cell as they stood at the lag; without an override that counted, the model's."""

    cell: Cell
    lag_days: int
    frozen_on: dt.date
    naive: Decimal
    model: Decimal
    override: Decimal
    agreed: Decimal
    override_id: str | None = None
    done_by: str | None = None
    reason_code: str | None = None
    size_code: str | None = None
    age_days: int | None = None


@dataclass(frozen=True)
class Booked:
    """A frozen cell with its actual; written once."""

    frozen: Frozen
    actual: Decimal
    booked_on: dt.date

    def error(self, step: str) -> Decimal:
        """Absolute error of a step."""
        return abs(self.actual - Decimal(getattr(self.frozen, step)))


@dataclass(frozen=True)
class ValueAdded:
    """FVA of a step over booked cells; the interval is a percentile bootstrap over them.

    `value` is None where nothing was sold; the interval where fewer than two cells are booked.
    """

    group: tuple[str, ...]
    step: str
    count: int
    wape_before: float | None
    wape: float | None
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PoorRecord:
    """A kind of override with a poor record, to be shown before the next one is saved."""

    group: tuple[str, ...]
    count: int
    value: float
    low: float
    high: float


# -- freezing -----------------------------------------------------------------------------------------------


def frozen_on(period_on: dt.date, lag_days: int) -> dt.date:
    """The last day that counts for a period at a lag."""
    return period_on - dt.timedelta(days=lag_days)


def freeze(
    forecasts: Mapping[tuple[Cell, int], tuple[Decimal, Decimal]],
    overrides: Mapping[Cell, Sequence[Step]],
    known_on: dt.date,
) -> list[Frozen]:
    """Each cell and lag whose last day has passed by `known_on`.

    `forecasts` gives naive and model by cell and lag, taken from the publication of that day; `overrides`
    the store's actions of each cell, oldest first (times in UTC).
    """
    found = []
    for (cell, lag), (naive, model) in sorted(forecasts.items(), key=_by_cell):
        last_day = frozen_on(cell.period_on, lag)
        if last_day > known_on:
            continue
        found.append(_frozen(cell, lag, last_day, naive, model, overrides.get(cell, ())))
    return found


def _frozen(
    cell: Cell, lag: int, last_day: dt.date, naive: Decimal, model: Decimal, steps: Sequence[Step]
) -> Frozen:
    then = [step for step in steps if step.done_at.date() <= last_day]
    holding = effective(then)
    override = next((step for step in reversed(holding) if isinstance(step.payload, OverrideForecast)), None)
    if override is None:
        return Frozen(cell, lag, last_day, naive, model, model, model)
    payload = override.payload
    assert isinstance(payload, OverrideForecast)
    if payload.expires_on < last_day:
        return Frozen(cell, lag, last_day, naive, model, model, model)
    # A factor was said of the model's figure that was seen; the same quantity is what the person expected.
    quantity = payload.new_quantity
    return Frozen(
        cell,
        lag,
        last_day,
        naive,
        model,
        quantity,
        quantity if _was_agreed(override, holding) else model,
        override.action_id,
        override.done_by,
        override.reason_code,
        size_of(payload.change_share),
        (last_day - override.done_at.date()).days,
    )


def _was_agreed(override: Step, holding: Sequence[Step]) -> bool:
    payload = override.payload
    assert isinstance(payload, OverrideForecast)
    answers = [
        step.payload
        for step in holding
        if isinstance(step.payload, Approve | Reject) and step.payload.answers_action_id == override.action_id
    ]
    if answers:
        return isinstance(answers[-1], Approve)
    return not payload.needs_approval()


def size_of(change_share: Decimal | None) -> str:
    """The size bucket of a change; without a model's figure to compare it is the largest."""
    if change_share is None:
        return SIZES[-1][0]
    return next(code for code, limit in SIZES if limit is None or abs(change_share) <= limit)


# -- booking ------------------------------------------------------------------------------------------------


def book(
    booked: Iterable[Booked],
    frozen: Iterable[Frozen],
    actuals: Mapping[Cell, Decimal],
    as_of_on: dt.date,
) -> list[Booked]:
    """What is newly booked on `as_of_on`: frozen cells of months that have ended and whose actual is known.

    A cell and lag that is booked stays as it is, whatever is frozen, edited or corrected later.
    """
    known = {(each.frozen.cell, each.frozen.lag_days) for each in booked}
    found = []
    for each in frozen:
        key = (each.cell, each.lag_days)
        if key in known or each.cell not in actuals or _next_month(each.cell.period_on) > as_of_on:
            continue
        known.add(key)
        found.append(Booked(each, actuals[each.cell], as_of_on))
    return found


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


# -- telling ------------------------------------------------------------------------------------------------


def wape(booked: Sequence[Booked], step: str) -> Decimal | None:
    """Sum of absolute errors over the sum of actuals; None where nothing was sold."""
    total = sum((each.actual for each in booked), Decimal(0))
    return sum((each.error(step) for each in booked), Decimal(0)) / total if total else None


def bias(booked: Sequence[Booked], step: str) -> Decimal | None:
    """Sum of forecast minus actual over the sum of actuals: above zero, too much was forecast."""
    total = sum((each.actual for each in booked), Decimal(0))
    over = sum((Decimal(getattr(each.frozen, step)) - each.actual for each in booked), Decimal(0))
    return over / total if total else None


def value_added(
    booked: Iterable[Booked], by: Sequence[str] = (), lag_days: int = LAGS[0], coverage: float = 0.9
) -> list[ValueAdded]:
    """FVA of model, override and agreed, over all or by columns of Frozen (done_by, reason_code, size_code).

    By a person, a reason or a size only cells with an override count: others are nobody's.
    """
    groups: dict[tuple[str, ...], list[Booked]] = defaultdict(list)
    for each in booked:
        if each.frozen.lag_days == lag_days and not (by and each.frozen.override_id is None):
            groups[tuple(str(getattr(each.frozen, name)) for name in by)].append(each)
    return [
        _step_value(group, cells, before, step, coverage)
        for group, cells in sorted(groups.items())
        for before, step in pairwise(STEPS)
    ]


def _step_value(
    group: tuple[str, ...], cells: Sequence[Booked], before: str, step: str, coverage: float
) -> ValueAdded:
    first, second = wape(cells, before), wape(cells, step)
    if first is None or second is None:
        return ValueAdded(group, step, len(cells), None, None, None, None, None)
    low, high = _interval(cells, before, step, coverage)
    return ValueAdded(group, step, len(cells), float(first), float(second), float(first - second), low, high)


def _interval(
    cells: Sequence[Booked], before: str, step: str, coverage: float
) -> tuple[float | None, float | None]:
    """Percentile bootstrap over cells, whose errors and actual stay together."""
    if len(cells) < 2:
        return None, None
    import numpy as np

    ordered = sorted(cells, key=lambda each: (each.frozen.cell.period_on, str(each.frozen.cell)))
    gains = np.array([float(each.error(before) - each.error(step)) for each in ordered])
    actuals = np.array([float(each.actual) for each in ordered])
    generator, count = np.random.default_rng(_SEED), len(ordered)
    sums = []
    # Part by part: all draws of a large company at once would take more memory than a night has.
    for first in range(0, DRAWS, step := max(1, _DRAWN_AT_ONCE // count)):
        drawn = generator.integers(0, count, size=(min(step, DRAWS - first), count))
        sums.append(np.stack([gains[drawn].sum(axis=1), actuals[drawn].sum(axis=1)]))
    gained, totals = np.concatenate(sums, axis=1)
    values = gained[totals > 0] / totals[totals > 0]
    if not len(values):
        return None, None
    edge = (1 - coverage) / 2
    low, high = np.quantile(values, [edge, 1 - edge])
    return round(float(low), 6), round(float(high), 6)


def warning_for(
    booked: Iterable[Booked],
    *,
    reason_code: str,
    done_by: str,
    size_code: str,
    lag_days: int = LAGS[0],
) -> PoorRecord | None:
    """What to say before an override of this kind is saved: its narrowest record that is poor.

    From person with reason and size to each alone; a record needs MIN_WARNING_COUNT outcomes and an interval
    wholly below zero, so that nobody is warned by chance.
    """
    cells = list(booked)
    kind = {"done_by": done_by, "reason_code": reason_code, "size_code": size_code}
    return poor_record(lambda by: value_added(cells, by, lag_days), kind)


def poor_record(
    told: Callable[[tuple[str, ...]], Iterable[ValueAdded]], kind: Mapping[str, str]
) -> PoorRecord | None:
    """The narrowest poor record of a kind (done_by, reason_code, size_code) among values told by group."""
    for by in RECORDS:
        wanted = tuple(kind[name] for name in by)
        for each in told(by):
            if each.group != wanted or each.step != "override" or each.count < MIN_WARNING_COUNT:
                continue
            if each.value is not None and each.low is not None and each.high is not None and each.high < 0:
                return PoorRecord(wanted, each.count, each.value, each.low, each.high)
    return None


def _by_cell(entry: tuple[tuple[Cell, int], object]) -> tuple[str, str, dt.date, int]:
    (cell, lag), _ = entry
    return (cell.product_id, cell.region_code or "", cell.period_on, lag)
