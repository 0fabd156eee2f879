"""How far each device has drifted from its peers and from its own past, day by day, all devices at once.

Weather and season move all devices of a place together, so that each signal is regressed on what its peers
showed that day; what a device does on top is its own. The regression is fitted on days on which the device
was, as far as is known, sound, and robustly (Huber), as some were not.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.devices.config import RiskConfig
from ml.devices.roles import WORDS, role_of

_FEW_PEERS = 5
_CEILING = 25.0


@dataclass(frozen=True)
class Panel:
    """Values by metric as devices × days, NaN where there is none."""

    devices: list[str]
    days: np.ndarray
    values: dict[str, np.ndarray]
    places: np.ndarray

    @property
    def reports(self) -> np.ndarray:
        """Devices × days: whether any metric was read."""
        seen = np.zeros((len(self.devices), len(self.days)), dtype=bool)
        for table in self.values.values():
            seen |= np.isfinite(table)
        return seen


@dataclass(frozen=True)
class Wear:
    """index: devices × days, how many of its usual deviations a device has drifted, NaN where unknown.

    drift: metric × devices, the same of each metric at the last day; metrics: their names; counts: how many
    metrics each device has.
    """

    index: np.ndarray
    drift: np.ndarray
    metrics: list[str]
    counts: np.ndarray


def panel_of(
    readings: pl.DataFrame, places: dict[str, str], devices: Sequence[str], as_of_on: date, config: RiskConfig
) -> Panel:
    """Readings of the last days as a panel; counters are turned into what was counted each day."""
    first_on = as_of_on - timedelta(days=config.history_days - 1)
    ids = sorted(devices)
    number = {device: place for place, device in enumerate(ids)}
    known = readings.filter(
        pl.col("day_on").is_between(first_on, as_of_on)
        & pl.col("value_mean").is_finite()
        & pl.col("device_id").is_in(ids)
    )
    values = {}
    by_metric = known.partition_by("metric_code", as_dict=True)
    for (metric,), rows in sorted(by_metric.items()):
        table = np.full((len(ids), config.history_days), np.nan)
        day = (rows["day_on"] - first_on).dt.total_days().to_numpy()
        table[rows["device_id"].replace_strict(number, return_dtype=pl.Int64).to_numpy(), day] = rows[
            "value_mean"
        ]
        values[str(metric)] = _scaled(str(metric), _counted(table))
    where = np.array([places.get(device) or "" for device in ids])
    return Panel(ids, np.arange(config.history_days), values, where)


def wear_of(panel: Panel, stood: np.ndarray, config: RiskConfig) -> Wear:
    """The wear of every device on every day; `stood` (devices × days) are days on which it stood still.

    Twice: days that drifted most at first are no part of the sound past that drift is measured against.
    """
    around = _surroundings(panel)
    first = _wear(panel, around, stood, config)
    return _wear(panel, around, stood | _suspect(first), config)


def _suspect(wear: Wear) -> np.ndarray:
    """Days more worn than 19 in 20 of devices with as many metrics, and the days before them."""
    suspect = np.zeros(wear.index.shape, dtype=bool)
    for count in np.unique(wear.counts[wear.counts > 0]):
        rows = np.flatnonzero(wear.counts == count)
        index = wear.index[rows]
        if np.isfinite(index).any():
            suspect[rows] = np.nan_to_num(index) > np.nanquantile(index, 0.95)
    # Wear was there a little before it was seen.
    early = suspect.copy()
    for days in range(1, 11):
        early[:, :-days] |= suspect[:, days:]
    return early


def _surroundings(panel: Panel) -> dict[str, np.ndarray]:
    """By metric, what each day brought from outside to those that report it: devices × days × factors."""
    local = {metric: _local(table, panel.places) for metric, table in panel.values.items()}
    around = {}
    for metric, table in panel.values.items():
        rows = _reporting(table)
        # Who has peers of the same metric around needs no other sign of the weather.
        is_alone = ~np.isfinite(local[metric][rows]).any(axis=1)
        weather = _weather(metric, local, rows[is_alone])
        factors = np.zeros((len(rows), len(panel.days), 1 + len(weather)))
        factors[:, :, 0] = _peers(table[rows], local[metric][rows])
        for place, factor in enumerate(weather, 1):
            factors[is_alone, :, place] = factor
        around[metric] = factors
    return around


def _reporting(table: np.ndarray) -> np.ndarray:
    """The devices that have a value on any day: most measure little, and the rest shall cost nothing."""
    return np.flatnonzero(np.isfinite(table).any(axis=1))


def _wear(panel: Panel, around: dict[str, np.ndarray], is_fading: np.ndarray, config: RiskConfig) -> Wear:
    shape = (len(panel.devices), len(panel.days))
    drifts = []
    for metric, table in panel.values.items():
        drift = np.full(shape, np.nan)
        rows = _reporting(table)
        if len(rows):
            own = table[rows]
            expected, spread = _expected(own, around[metric], is_fading[rows], config)
            away = np.clip((own - expected) / spread[:, None], -_CEILING, _CEILING)
            recent = _recent_mean(away, config.recent_days)
            drift[rows] = np.maximum(recent, 0) if _rises_with_wear(metric) else np.abs(recent)
        drifts.append(drift)
    if not drifts:
        return Wear(np.full(shape, np.nan), np.zeros((0, shape[0])), [], np.zeros(shape[0], dtype=int))
    stack = np.stack(drifts)
    count = np.isfinite(stack).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(count > 0, np.nansum(stack, axis=0) / np.sqrt(count), np.nan)
    has = np.stack([np.isfinite(table).any(axis=1) for table in panel.values.values()])
    return Wear(index, stack[:, :, -1], list(panel.values), has.sum(axis=0))


def _scaled(metric: str, table: np.ndarray) -> np.ndarray:
    """Logarithms of amounts, so that a tenth more is the same for large and small; temperatures stay.

    An amount of nothing is a device that stands still, which tells nothing of its wear.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if _is_temperature(metric) or np.nanmin(table, initial=np.inf) < 0:
            return table
        return np.where(table > 0, np.log(table), np.nan)


def _counted(table: np.ndarray) -> np.ndarray:
    """Rows that never fall over at least 20 days are counters: their steps, the rest as they are."""
    steps = np.diff(table, axis=1, prepend=np.nan)
    known = np.isfinite(steps)
    never_falls = (
        (known.sum(axis=1) >= 20) & ~((steps < 0) & known).any(axis=1) & (np.nansum(steps, axis=1) > 0)
    )
    return np.where(never_falls[:, None], steps, table)


def _is_temperature(metric: str) -> bool:
    words = set(metric.lower().replace("-", "_").split("_"))
    return bool(words & (WORDS["temperature"] - {"t"})) or any(
        word in metric for word in WORDS["temperature"] if word > "\u4e00"
    )


def _rises_with_wear(metric: str) -> bool:
    """Clogged filters and tired machines ask for more; other signals may err on either side."""
    return role_of(metric) in ("filter_pressure", "power") or "kwh" in metric or "energy" in metric


def _common(table: np.ndarray) -> np.ndarray:
    """What each day brought to all rows: the median of their values, each row on its own scale.

    Rows that report on some days only are on another footing than the rest, so that scales and days are
    estimated in turn: a row is a + b × day (least squares), a day the median of (row − a) / b.
    """
    with _quiet():
        middle = _median(table)[:, None]
        spread = 1.4826 * _median(np.abs(table - middle))[:, None]
        scaled = (table - middle) / np.where(spread > 1e-9, spread, np.nan)
        day = _median(scaled.T)
        for _ in range(4):
            both = np.where(np.isfinite(table) & np.isfinite(day), day, np.nan)
            away = both - np.nanmean(both, axis=1, keepdims=True)
            mean = np.nanmean(np.where(np.isfinite(both), table, np.nan), axis=1, keepdims=True)
            slope = np.nansum(away * (table - mean), axis=1, keepdims=True) / np.nansum(
                away**2, axis=1, keepdims=True
            )
            offset = mean - slope * np.nanmean(both, axis=1, keepdims=True)
            day = _median(((table - offset) / np.where(slope > 1e-6, slope, np.nan)).T)
            day = (day - np.nanmean(day)) / max(float(np.nanstd(day)), 1e-9)
    return day


def _local(table: np.ndarray, places: np.ndarray) -> np.ndarray:
    """What the day brought to a place, for each of its devices; NaN where it has few that measure this."""
    local, reports = np.full(table.shape, np.nan), np.isfinite(table).any(axis=1)
    for place in np.unique(places[places != ""]):
        here = places == place
        if (here & reports).sum() >= _FEW_PEERS:
            local[here] = _common(table[here & reports])
    return local


def _peers(table: np.ndarray, local: np.ndarray) -> np.ndarray:
    """What the day brought to a metric: in the device's place, in all where that has few such devices."""
    fleet = _common(table) if len(table) else np.zeros(table.shape[1])
    return np.where(np.isfinite(local), local, np.nan_to_num(fleet))


def _weather(metric: str, local: dict[str, np.ndarray], rows: np.ndarray) -> list[np.ndarray]:
    """What the other metrics of a place tell `rows` of its weather, of the two best known; 0 for unknown.

    A device that measures what few around it do shares the weather with those that measure other things.
    """
    others = {name: table for name, table in local.items() if name != metric and np.isfinite(table).any()}
    best = sorted(others, key=lambda name: (-int(np.isfinite(others[name]).sum()), name))[:2]
    factors = [np.nan_to_num(others[name][rows]) for name in best]
    # Amounts are logarithms: what is proportional to them is told by their exponentials.
    return [
        np.clip(np.exp(np.clip(one, -5, 5) / 5), 0, 3) - 1 if _is_temperature(metric) else one
        for one in factors
    ]


def _expected(
    table: np.ndarray, peers: np.ndarray, is_fading: np.ndarray, config: RiskConfig
) -> tuple[np.ndarray, np.ndarray]:
    """What each device would have shown when sound, and how far a sound day usually is from it.

    peers: devices × days × factors.
    """
    known = np.isfinite(table)
    sound = known & ~is_fading
    weight = sound.astype(float)
    values = np.where(known, table, 0.0)
    design = np.concatenate([np.ones((*table.shape, 1)), peers], axis=2)
    base = np.array([1e-9, 1e-3, *[0.3] * (peers.shape[2] - 1)])
    penalty, prior = np.tile(base, (len(table), 1)), np.zeros((len(table), len(base)))
    for _ in range(3):
        weighted = (design * weight[:, :, None]).transpose(0, 2, 1)
        normal = weighted @ design
        right = weighted @ values[:, :, None] + (penalty * prior)[:, :, None]
        factors = np.linalg.solve(normal + np.eye(len(base)) * penalty[:, None, :], right)[:, :, 0]
        expected = (design @ factors[:, :, None])[:, :, 0]
        left = np.abs(np.where(sound, table - expected, np.nan))
        spread = _median(left) * 1.4826
        typical = np.nanmedian(spread) if np.isfinite(spread).any() else 1.0
        spread = np.maximum(np.nan_to_num(spread, nan=typical), max(0.5 * typical, 1e-6))
        # Less than a thousandth of what is usual is no deviation at all.
        away = np.maximum(np.nan_to_num(left), 1e-3 * spread[:, None])
        weight = sound * np.minimum(1.0, 1.5 * spread[:, None] / away)
        penalty[:, 1], prior[:, 1] = _pooled(factors[:, 1], normal, spread, base[1])
    return expected, spread


def _pooled(
    slopes: np.ndarray, normal: np.ndarray, spread: np.ndarray, least: float
) -> tuple[np.ndarray, float]:
    """How strongly each device's answer to the weather is drawn to that of all, and what that is.

    A past of one season says little of how a device answers another; the others say more (empirical Bayes:
    noise over the variance between devices, which is what is left of their scatter without the noise).
    """
    count = np.maximum(normal[:, 0, 0], 1e-9)
    told = normal[:, 1, 1] - normal[:, 0, 1] ** 2 / count
    known = told > 1e-6
    if known.sum() < _FEW_PEERS:
        return np.full(len(slopes), least), 0.0
    middle = float(np.median(slopes[known]))
    error = spread[known] ** 2 / told[known]
    scatter = (1.4826 * np.median(np.abs(slopes[known] - middle))) ** 2
    between = max(scatter - float(np.median(error)), 0.01 * scatter, 1e-9)
    return spread**2 / between, middle


@contextmanager
def _quiet() -> Iterator[None]:
    """Days and devices without any reading have no median: NaN, and no warning."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _median(table: np.ndarray) -> np.ndarray:
    """The median of each row's known values, NaN where there is none: `np.nanmedian` at a fifth of its time.

    NaN sorts last, so that the middle of a row is known from how many values it has.
    """
    table = np.sort(table, axis=1)
    count = table.shape[1] - np.isnan(table).sum(axis=1)
    rows = np.arange(len(table))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, table.shape[1] - 1)
    return np.where(count > 0, (table[rows, low] + table[rows, high]) / 2, np.nan)


def _recent_mean(table: np.ndarray, days: int) -> np.ndarray:
    """The mean over each day and those before it, where at least half of them are known."""
    known = np.isfinite(table)
    sums = np.cumsum(np.where(known, table, 0.0), axis=1)
    counts = np.cumsum(known, axis=1)
    sums[:, days:] = sums[:, days:] - sums[:, :-days]
    counts[:, days:] = counts[:, days:] - counts[:, :-days]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts >= max(1, days // 2), sums / counts, np.nan)
