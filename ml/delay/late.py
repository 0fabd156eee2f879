"""Late or not: what tells work apart is learned for itself, how much is late at all is read of late.

Regimes come and go: a year in which a third is late teaches any learner to expect a third, long after it has
passed. So outcomes are weighted as if as many had been late as in time at every moment, which leaves what
tells one piece of work from another; the share of late ones of the last months, as known on the day asked, is
added back as odds. (Change of priors: Elkan, IJCAI 2001; Saerens, Latinne, Decaestecker 2002.)
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.delay.config import ModelConfig

#: Features that say how often all work, or that of a segment, is late: levels, hidden from the learner.
_LEVELS = ("segment__late_share", "segment__recent", "segment__delay")
#: As many values of a feature as the booster can tell apart.
_CUTS = 255
#: Odds stay finite, and so does what is taken off them.
_LEAST = 1e-4
_FURTHEST = 40.0
#: A level rests on the outcomes around a day and on so many of all days.
_LEVEL_PRIOR = 10


@dataclass(frozen=True)
class LateLearner:
    """A classifier of work against others of its time, and what its log-odds are of usual work.

    columns: the features it reads, of all; edges: where each is cut; level_at: the feature that says how much
    has been late in the last months.
    """

    classifier: HistGradientBoostingClassifier
    centre: float
    columns: np.ndarray
    edges: list[np.ndarray]
    level_at: int

    def chance(self, numbers: np.ndarray) -> np.ndarray:
        """The chance of being late of each row of all features."""
        if not len(numbers):
            return np.empty(0)
        cut = _cut(numbers[:, self.columns], self.edges)
        apart = _log_odds(self.classifier.predict_proba(cut)[:, 1]) - self.centre
        return expit(apart + _log_odds(numbers[:, self.level_at].astype(float)))


def fit_late(
    rows: pl.DataFrame, numbers: np.ndarray, names: list[str], as_of_on: date, config: ModelConfig
) -> LateLearner | None:
    """Learn from snapshots (see `snapshots.py`) and their features; None where all was of one kind.

    names: of the columns of `numbers`, as `features` gives them. Only work whose date has passed teaches: of
    what is not due yet the early alone are known, and lateness would seem rare in what began last.
    """
    is_late = (rows["delay_days"] > 0).to_numpy()
    is_due = (rows["planned_finish_on"] < as_of_on).to_numpy() & (rows["age_days"] < 0).to_numpy()
    is_start = rows["is_start"].to_numpy() & is_due
    if not 0 < is_late[is_due].sum() < is_due.sum() or not is_start.any():
        return None
    columns = np.array([at for at, name in enumerate(names) if not _is_level(name)])
    level_at = names.index(level_name(config))
    day = rows["as_of_on"].to_physical().to_numpy().astype(float)
    level = levels(day[is_start], is_late[is_start], day[is_due], config.recent_days / 6)
    edges = [_edges(column) for column in numbers[is_due][:, columns].T]
    cut = _cut(numbers[:, columns], edges)
    weight = np.where(is_late[is_due], 1 / level, 1 / (1 - level))
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.04,
        max_iter=150,
        max_leaf_nodes=8,
        min_samples_leaf=20,
        l2_regularization=10,
        max_features=0.3,
        early_stopping=False,
        random_state=config.seed,
    ).fit(cut[is_due], is_late[is_due], sample_weight=weight / weight.mean())
    since = as_of_on - timedelta(days=config.recent_days)
    latest = is_start & (rows["planned_finish_on"] >= since).to_numpy()
    if not latest.any():
        latest = is_start
    centre = _centre(_log_odds(classifier.predict_proba(cut[latest])[:, 1]), level[latest[is_due]])
    return LateLearner(classifier, centre, columns, edges, level_at)


def _centre(apart: np.ndarray, level: np.ndarray) -> float:
    """What to take off the log-odds, so that on the whole as many are foretold as the levels say."""

    def excess(centre: float) -> float:
        return float(expit(apart - centre + _log_odds(level)).sum() - level.sum())

    return float(brentq(excess, -_FURTHEST, _FURTHEST))


def levels(day: np.ndarray, is_late: np.ndarray, wanted: np.ndarray, width: float) -> np.ndarray:
    """The share of late ones around each wanted day: a normal kernel of `width` days, drawn to that of all.

    Strictly between 0 and 1, whatever the outcomes.
    """
    days, at = np.unique(day, return_inverse=True)
    count, late = np.bincount(at), np.bincount(at, is_late)
    asked, back = np.unique(wanted, return_inverse=True)
    kernel = np.exp(-(((asked[:, None] - days) / width) ** 2) / 2)
    overall = np.clip(is_late.mean(), _LEAST, 1 - _LEAST)
    return ((kernel @ late + _LEVEL_PRIOR * overall) / (kernel @ count + _LEVEL_PRIOR))[back]


def _edges(values: np.ndarray) -> np.ndarray:
    """Where to cut a feature: between its values if they are few, else at its quantiles.

    Cut here, because the booster would weigh each of its quantiles anew, which takes longer than all trees.
    """
    distinct = np.unique(values)
    if len(distinct) <= _CUTS:
        return (distinct[1:] + distinct[:-1]) / 2
    return np.unique(np.quantile(values, np.linspace(0, 1, _CUTS + 1)[1:-1]))


def _cut(numbers: np.ndarray, edges: list[np.ndarray]) -> np.ndarray:
    """The number of edges below each value, a column a feature."""
    cut = [np.searchsorted(edge, values) for edge, values in zip(edges, numbers.T, strict=True)]
    return np.column_stack(cut).astype(np.float32)


def level_name(config: ModelConfig) -> str:
    """The feature that holds the share of late ones among all work known of in the last months."""
    return f"all__share_{config.recent_days // 4}"


def _is_level(name: str) -> bool:
    return name.startswith(("all__", "segment__share_")) or name in _LEVELS


def _log_odds(share: np.ndarray) -> np.ndarray:
    return logit(np.clip(share, _LEAST, 1 - _LEAST))
