"""What a night asks of the devices' model: learn when it is due, score every night."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from ml.backtest.results import BacktestResult
from ml.devices.backtest import READS, backtest, devices_of
from ml.devices.config import METHODS
from ml.devices.forecast import DeviceModel, forecast, train
from ml.devices.gate import Verdict, verdict

__all__ = ["READS", "learn", "score"]

Frames = Mapping[str, pl.DataFrame]
_WEAR_ONLY = METHODS[1]
#: What only a model that passed its gate may say.
_LEARNT = ("failure_probability_share", "failure_p10_days", "failure_p50_days", "failure_p90_days")


def learn(frames: Frames, as_of_on: date) -> tuple[DeviceModel, BacktestResult, Verdict]:
    """The model as of a day, its back-test before that day, and whether it may speak."""
    result = backtest(frames, as_of_on)
    model = train(frames["fct_reading_day"], devices_of(frames, as_of_on), frames["fct_work_order"], as_of_on)
    return model, result, verdict(result)


def score(
    frames: Frames, as_of_on: date, *, publication_name: str, run_id: str, model: DeviceModel | None
) -> pl.DataFrame:
    """`ml_device_risk`: with a model that passed its gate all of it, without one wear and fault alone.

    Without a model nobody is sent: how long a device lasts and whom to visit is then not known better than by
    a fixed interval.
    """
    rows = forecast(
        frames["fct_reading_day"],
        devices_of(frames, as_of_on),
        frames["fct_work_order"],
        as_of_on,
        publication_name=publication_name,
        run_id=run_id,
        model=model,
    )
    if model is not None:
        return rows
    return rows.with_columns(
        *(pl.lit(None, dtype=rows.schema[name]).alias(name) for name in _LEARNT),
        suggestion_id=pl.lit(None, pl.String),
        is_suggested=pl.lit(value=False),
        method_code=pl.when(pl.col("method_code") == METHODS[0])
        .then(pl.lit(_WEAR_ONLY))
        .otherwise("method_code"),
    )
