"""What a night asks of the value model: learn when it is due, score every night."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from ml.backtest.results import BacktestResult
from ml.churn.cases import history_of
from ml.churn.frames import READS, churn_frames
from ml.value.backtest import BacktestError, backtest
from ml.value.cases import customers_on, worth_of
from ml.value.config import ValueConfig
from ml.value.forecast import forecast
from ml.value.gate import Verdict, verdict
from ml.value.model import REASONS, ValueModel, train

__all__ = ["READS", "learn", "look", "score"]

Frames = Mapping[str, pl.DataFrame]


def learn(frames: Frames, as_of_on: date) -> tuple[ValueModel | None, BacktestResult, Verdict]:
    """The model as of a day, its back-test before that day, and whether it may speak."""
    known = churn_frames(_qualified(frames))
    try:
        result = backtest(known, as_of_on)
    except BacktestError as reason:
        empty = BacktestResult("value", 0, [], {}, {}, notes=[str(reason)])
        return None, empty, Verdict(ships=False, reasons=(("nothing_to_score", None, None, False),))
    return train(known, as_of_on), result, verdict(result)


def score(
    frames: Frames, as_of_on: date, *, publication_name: str, run_id: str, model: ValueModel | None
) -> pl.DataFrame:
    """`ml_value_forecast`: by the model that passed its gate, else by last year's worth."""
    return forecast(
        churn_frames(_qualified(frames)),
        as_of_on,
        publication_name=publication_name,
        run_id=run_id,
        model=model,
    )


def look(frames: Frames, as_of_on: date) -> pl.DataFrame:
    """What the model would be asked about on a day: a row a customer, a column a feature.

    Without those that move with the day and not with the company: calendar and age.
    """
    history = history_of(churn_frames(_qualified(frames)))
    told = [name for reason, names in REASONS.items() if reason not in ("season", "age") for name in names]
    return customers_on(history, worth_of(history), [as_of_on], ValueConfig()).select(told)


def _qualified(frames: Frames) -> dict[str, pl.DataFrame]:
    """Frames by the name of their table with its schema, as `churn_frames` knows them."""
    return {table: frames[table.partition(".")[2]] for table in READS if table.partition(".")[2] in frames}
