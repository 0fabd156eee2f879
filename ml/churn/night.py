"""What a night asks of the churn model: learn when it is due, score every night."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from ml.backtest.results import BacktestResult
from ml.churn.backtest import BacktestError, backtest
from ml.churn.cases import history_of, with_features
from ml.churn.config import ChurnConfig
from ml.churn.features import DRIVERS, FEATURES
from ml.churn.forecast import forecast
from ml.churn.frames import READS, TABLES, churn_frames
from ml.churn.gate import Verdict, verdict
from ml.churn.model import ChurnModel, train
from ml.churn.states import states_on

__all__ = ["READS", "learn", "look", "score"]

#: The table that frames of projects come from: the forecast asks it for more than the features do.
_ACTIVITY, _PROJECTS = (TABLES[name][0].partition(".")[2] for name in ("activity", "projects"))


def learn(
    frames: Mapping[str, pl.DataFrame], as_of_on: date, config: ChurnConfig | None = None
) -> tuple[ChurnModel | None, BacktestResult, Verdict]:
    """The model as of a day, its back-test before that day, and whether it may speak.

    A company too young or too small to be tried on its past has no model, and its record says why.
    """
    known = churn_frames(_qualified(frames))
    try:
        result = backtest(known, as_of_on, config=config)
    except BacktestError as reason:
        empty = BacktestResult("churn", 0, [], {}, {}, notes=[str(reason)])
        return None, empty, Verdict(ships=False, reasons=(("nothing_to_score", None, None, False),))
    return train(known, as_of_on, config), result, verdict(result)


def score(
    frames: Mapping[str, pl.DataFrame],
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    model: ChurnModel | None,
) -> pl.DataFrame:
    """`ml_churn_risk`: by the model that passed its gate, else by the rate of silence."""
    return forecast(
        frames[_ACTIVITY],
        frames[_PROJECTS],
        as_of_on,
        publication_name=publication_name,
        run_id=run_id,
        frames=churn_frames(_qualified(frames)),
        model=model,
    )


def look(frames: Mapping[str, pl.DataFrame], as_of_on: date) -> pl.DataFrame:
    """What the model would be asked about on a day: a row a customer, a column a feature.

    Without those that move with the day and not with the company: calendar, age, the time that is left.
    """
    config = ChurnConfig()
    history = history_of(churn_frames(_qualified(frames)))
    states = states_on(history.rhythm, [as_of_on], config).with_columns(remaining_days=pl.lit(1, pl.Int64))
    moving = {name for group in ("season", "age", "remaining") for name in DRIVERS[group]}
    return with_features(history, states, config).select(name for name in FEATURES if name not in moving)


def _qualified(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Frames by the name of their table with its schema, as `churn_frames` knows them."""
    return {table: frames[table.partition(".")[2]] for table in READS if table.partition(".")[2] in frames}
