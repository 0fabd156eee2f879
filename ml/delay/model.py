"""The delay model: learned on work as it stood on earlier days, blended with the outside view, calibrated."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl

from ml.delay.calibration import Calibration, between, calibrate, uncorrected
from ml.delay.config import ITEM_SCHEMA, ModelConfig
from ml.delay.distribution import Delays, grid_of
from ml.delay.features import feature_names, features
from ml.delay.forest import CurveForest, ForestConfig, fit_forest
from ml.delay.late import LateLearner, fit_late
from ml.delay.snapshots import age_days, snapshots, thinned
from ml.frames import with_schema

#: Weights tried in the past for the outside view in the distribution.
_WEIGHTS = (0.0, 0.15, 0.3, 0.5)
_QUANTILES = (0.1, 0.5, 0.9)
_FOLD_TREES = 50


class TooLittleKnownError(ValueError):
    """There is too little experience to learn from; the message says how much there is. Use the baseline."""


@dataclass(frozen=True)
class Learned:
    """Both learners and the outside view, as fitted on what was known by one day."""

    names: list[str]
    forest: CurveForest
    late: LateLearner | None
    grid: np.ndarray
    class_curves: dict[str, np.ndarray]
    tail_rate: float
    longest: int
    usual: dict[str, np.ndarray]

    def usual_of(self, segments: pl.Series) -> np.ndarray:
        """The usual features of each row's segment, or of all work."""
        return np.stack([self.usual.get(code, self.usual[""]) for code in segments.fill_null("").to_list()])

    def distribution(self, made: pl.DataFrame) -> Delays:
        """The forest's distributions for rows of `features`."""
        return Delays(self.grid, self.forest.predict(self._numbers(made)), self.tail_rate, self.longest)

    def outside_view(self, segments: pl.Series) -> Delays:
        """The curve of each row's segment, or of all work."""
        everywhere = self.class_curves[""]
        chosen = [self.class_curves.get(code, everywhere) for code in segments.fill_null("").to_list()]
        curves = np.stack(chosen) if chosen else np.empty((0, len(self.grid)))
        return Delays(self.grid, curves, self.tail_rate, self.longest)

    def late_share(self, made: pl.DataFrame, otherwise: np.ndarray) -> np.ndarray:
        """The chance of being late as learned for itself; `otherwise` where all known was of one kind."""
        if self.late is None or not made.height:
            return otherwise
        return self.late.chance(self._numbers(made))

    def _numbers(self, made: pl.DataFrame) -> np.ndarray:
        return feature_matrix(made, self.names)


@dataclass(frozen=True)
class DelayModel:
    """What `train` gives: plain parameters and estimators, usable for any later day.

    outside_weight: chosen on the past. calibration_rows: forecasts made of the past and what
    came of them, for the record: item_id, segment_code, is_final, share (of the forecast's chance used up).
    """

    learned: Learned
    calibration: Calibration
    outside_weight: float
    trained_on: date
    snapshot_count: int
    config: ModelConfig
    calibration_rows: pl.DataFrame = field(repr=False, default_factory=pl.DataFrame)

    def predict(self, items: pl.DataFrame, asked: pl.DataFrame) -> Delays:
        """How late each row of `asked` (ITEM_SCHEMA and as_of_on) will be, seen from its day, in its order.

        items: all work, for the records. A row is taken not to have finished on its day.
        """
        return self.predict_from(features(items, asked, self.config), asked)

    def predict_from(self, made: pl.DataFrame, asked: pl.DataFrame) -> Delays:
        """The same from features already made."""
        delays = _blended(self.learned, made, asked, self.outside_weight)
        corrected = self.calibration.applied(delays, asked["segment_code"])
        # The chance of being late was learned for itself: correcting the band leaves it alone.
        return corrected.with_late_share(delays.late_share())


def train(items: pl.DataFrame, as_of_on: date, config: ModelConfig | None = None) -> DelayModel:
    """Learn from what was known by `as_of_on`; the same input gives the same model to the last digit.

    items: ITEM_SCHEMA (see `items.py`), one row a piece of work. Later dates in it are not read.
    Raises TooLittleKnownError, and MissingColumnsError.
    """
    config = config or ModelConfig()
    items = with_schema(items, ITEM_SCHEMA, "items").sort("item_id")
    rows = thinned(snapshots(items, as_of_on, config), config.maximum_rows, config.seed)
    known = rows.filter("is_final")
    if known["item_id"].n_unique() < config.minimum_rows or known["delay_days"].n_unique() < 2:
        raise TooLittleKnownError(
            f"delay model as of {as_of_on}: {known['item_id'].n_unique()} items are known to have finished, "
            f"with {known['delay_days'].n_unique()} different delays; it needs {config.minimum_rows} and 2. "
            f"The reference classes are used instead."
        )
    made = features(items, rows, config)
    tried = _try_on_past(rows, made, as_of_on, config)
    return DelayModel(
        learned=_learn(rows, made, as_of_on, config, config.trees),
        calibration=tried.calibration,
        outside_weight=tried.outside_weight,
        trained_on=as_of_on,
        snapshot_count=rows.height,
        config=config,
        calibration_rows=tried.rows,
    )


def feature_matrix(made: pl.DataFrame, names: list[str]) -> np.ndarray:
    """The features by name; one that is missing now was met by nobody: 0."""
    columns = [made[n].to_numpy() if n in made.columns else np.zeros(made.height) for n in names]
    return np.nan_to_num(np.column_stack(columns)).astype(np.float32)


def _age(asked: pl.DataFrame) -> np.ndarray:
    """Days past its date that each row has reached: on the day it begins, the day before's."""
    return asked.select(age_days()).to_series().to_numpy().astype(float)


def _learn(
    rows: pl.DataFrame, made: pl.DataFrame, as_of_on: date, config: ModelConfig, trees: int
) -> Learned:
    """Fit on snapshots whose outcomes are as known by `as_of_on`."""
    names = feature_names(made)
    delay, is_final = rows["delay_days"].to_numpy().astype(float), rows["is_final"].to_numpy()
    recent = (rows["as_of_on"] > as_of_on - timedelta(days=config.observed_days)).to_numpy()
    if is_final[recent].sum() < config.minimum_rows // 2:
        recent = np.ones(len(recent), bool)
    grid = grid_of(delay[recent], is_final[recent], config.grid_points)
    class_curves = _class_curves(rows.filter(recent), grid, config)
    segments = rows["segment_code"].fill_null("").to_list()
    guess = np.stack([1 - class_curves.get(code, class_curves[""]) for code in segments])
    numbers = feature_matrix(made, names)
    forest = fit_forest(
        numbers[recent],
        delay[recent],
        is_final[recent],
        guess[recent],
        grid,
        ForestConfig(trees, config.minimum_leaf, config.seed),
    )
    return Learned(
        names,
        forest,
        fit_late(rows, numbers, names, as_of_on, config),
        grid,
        class_curves,
        _tail_rate(rows),
        config.longest_extension_days,
        _usual(numbers, segments),
    )


def _usual(numbers: np.ndarray, segments: list[str]) -> dict[str, np.ndarray]:
    """Medians of the features, by segment, and of all under the empty name."""
    codes = np.array(segments)
    by_segment = {str(code): np.median(numbers[codes == code], axis=0) for code in np.unique(codes)}
    return by_segment | {"": np.median(numbers, axis=0)}


def _class_curves(rows: pl.DataFrame, grid: np.ndarray, config: ModelConfig) -> dict[str, np.ndarray]:
    """Share finished by each grid day, by segment, and of all under the empty name (life tables).

    The rate of finishing between two grid days is drawn towards that of all work, as if `class_prior_count`
    more had been open: where hardly any has finished, a segment is late by what it is, but not for ever.
    """
    firsts = rows.sort("as_of_on", "item_id").unique("item_id", keep="first", maintain_order=True)
    delay, is_final = firsts["delay_days"].to_numpy().astype(float), firsts["is_final"].to_numpy()
    entry = np.minimum(firsts["age_days"].to_numpy(), delay) - 1.0
    codes = firsts["segment_code"].fill_null("").to_numpy()

    def counts(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        events = np.histogram(
            delay[chosen & is_final], np.concatenate([[-np.inf], np.nextafter(grid, np.inf)])
        )[0]
        left = np.searchsorted(np.sort(delay[chosen & ~is_final]), grid, "right")
        gone = np.cumsum(events)
        entered = np.searchsorted(np.sort(entry[chosen]), grid, "left")
        at_risk = entered - np.concatenate([[0], gone[:-1]]) - np.concatenate([[0], left[:-1]])
        return events, at_risk - np.diff(left, prepend=0) / 2

    few = config.class_prior_count
    events, at_risk = counts(np.ones(len(delay), bool))
    usual = events / np.maximum(at_risk, np.maximum(events, 1))
    made = {"": 1 - np.cumprod(1 - usual)}
    for code in np.unique(codes):
        events, at_risk = counts(codes == code)
        rate = (events + few * usual) / (np.maximum(at_risk, events) + few)
        made[str(code)] = 1 - np.cumprod(1 - rate)
    return made


def _tail_rate(rows: pl.DataFrame) -> float:
    """Finishes a day among work past its date, over all days it was seen so."""
    late = rows.unique("item_id", keep="first", maintain_order=True).filter(pl.col("delay_days") > 0)
    days = (late["delay_days"] - late["age_days"].clip(lower_bound=0)).clip(lower_bound=1).sum()
    return max(int(late["is_final"].sum()), 1) / max(days, 30)


def _blended(learned: Learned, made: pl.DataFrame, asked: pl.DataFrame, outside_weight: float) -> Delays:
    age = _age(asked)
    outside = learned.outside_view(asked["segment_code"])
    # What cannot be any more goes first: the classifier knows as well that the work is not finished yet.
    delays = learned.distribution(made).mixed_with(outside, outside_weight).given_later_than(age)
    own = delays.late_share()
    # Work past its date is late already: its chance says nothing of the shape.
    return delays.with_late_share(np.where(age >= 0, own, learned.late_share(made, own)))


@dataclass(frozen=True)
class _Tried:
    calibration: Calibration
    outside_weight: float
    rows: pl.DataFrame


def _try_on_past(rows: pl.DataFrame, made: pl.DataFrame, as_of_on: date, config: ModelConfig) -> _Tried:
    """Forecast later parts of the past from what was known before them: choose the weights, calibrate."""
    parts = [
        part
        for begin, end in _parts(rows, as_of_on, config)
        if (part := _try_part(rows, made, begin, end, config)) is not None
    ]
    if not parts:
        return _Tried(uncorrected(), 0.3, pl.DataFrame())
    outside = min(_WEIGHTS, key=lambda w: sum(_pinball_of(part, w) for part in parts))
    told = [_blended(learned, part, asked, outside) for learned, asked, part in parts]
    shares = [_used_up(delays, asked, config.seed) for delays, (_, asked, _) in zip(told, parts, strict=True)]
    strength = _strength(told, shares, [asked for _, asked, _ in parts], config)
    found = pl.concat(shares)
    return _Tried(between(_calibrated(found, config), strength), outside, found)


def _calibrated(found: pl.DataFrame, config: ModelConfig) -> Calibration:
    return calibrate(
        found["share"].to_numpy(),
        found["is_final"].to_numpy(),
        found["segment_code"],
        config.calibration_minimum,
    )


def _strength(
    told: list[Delays], shares: list[pl.DataFrame], asked: list[pl.DataFrame], config: ModelConfig
) -> float:
    """How far to correct: in full, unless less of what earlier parts taught served the later ones better."""

    def loss(strength: float) -> float:
        total = 0.0
        for at in range(1, len(told)):
            correction = between(_calibrated(pl.concat(shares[:at]), config), strength)
            corrected = correction.applied(told[at], asked[at]["segment_code"])
            total += _pinball(corrected.with_late_share(told[at].late_share()), asked[at])
        return total

    return min((1.0, 0.5, 0.0), key=loss)


_Part = tuple[Learned, pl.DataFrame, pl.DataFrame]


def _parts(rows: pl.DataFrame, as_of_on: date, config: ModelConfig) -> list[tuple[date, date]]:
    """The later parts of the past, of about as many starts each: one regime alone misleads."""
    starts = rows.filter("is_start")["as_of_on"].sort()
    if len(starts) < config.minimum_rows:
        return []
    edges = [starts[int(len(starts) * share)] for share in np.linspace(0.3, 1, config.folds + 1)[:-1]]
    edges.append(as_of_on)
    return [(a, b) for a, b in pairwise(edges) if a < b]


def _try_part(
    rows: pl.DataFrame, made: pl.DataFrame, begin: date, end: date, config: ModelConfig
) -> _Part | None:
    """Learn as of `begin`, and what begins from then on until `end` with its features."""
    is_before = (rows["as_of_on"] < begin).to_numpy()
    plan, finish = pl.col("planned_finish_on"), pl.col("finished_on")
    cut = pl.lit(begin - timedelta(days=1))
    is_final = (finish <= cut).fill_null(False)
    known = rows.filter(is_before).with_columns(
        delay_days=(pl.when(is_final).then(finish).otherwise(cut) - plan).dt.total_days(), is_final=is_final
    )
    asked_at = (rows["is_start"] & (rows["as_of_on"] >= begin) & (rows["as_of_on"] < end)).to_numpy()
    known_items = known.filter("is_final")["item_id"].n_unique()
    if known_items < config.minimum_rows // 2 or known["delay_days"].n_unique() < 2 or asked_at.sum() < 10:
        return None
    learned = _learn(known, made.filter(is_before), begin, config, _FOLD_TREES)
    return learned, rows.filter(asked_at), made.filter(asked_at)


def _pinball_of(part: _Part, outside: float) -> float:
    learned, asked, made = part
    return _pinball(_blended(learned, made, asked, outside), asked)


def _pinball(delays: Delays, asked: pl.DataFrame) -> float:
    """The least loss of the quantiles that agrees with what is known."""
    delay, is_final = asked["delay_days"].to_numpy(), asked["is_final"].to_numpy()
    total = 0.0
    for share in _QUANTILES:
        quantile = delays.quantile(share)
        error = np.where(is_final, delay, np.maximum(delay, quantile)) - quantile
        total += float(np.maximum(share * error, (share - 1) * error).sum())
    return total


def _used_up(delays: Delays, asked: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The share of each forecast's chance that its outcome has used up, evenly drawn within the day's own."""
    delay = asked["delay_days"].to_numpy().astype(float)
    by, before = delays.share_by(delay), delays.share_by(delay - 1)
    drawn = before + np.random.default_rng(seed).random(len(delay)) * np.maximum(by - before, 0)
    return asked.select("item_id", "segment_code", "is_final").with_columns(
        share=pl.Series(np.where(asked["is_final"].to_numpy(), drawn, by))
    )
