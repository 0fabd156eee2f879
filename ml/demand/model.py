"""Which products the model forecasts, learnt from its own record up to a date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from ml.backtest.results import BacktestResult
from ml.demand.backtest import backtest, monthly_origins
from ml.demand.config import DemandConfig, PanelConfig
from ml.demand.gate import Verdict, verdict

_ORIGINS = 3
#: A night has a minute for all its forecasts.
_NIGHTLY = PanelConfig(past_series=400, weight_series=80)


@dataclass(frozen=True)
class DemandModel:
    """What a night needs to forecast with: the verdict of the gate, its evidence, and the settings judged.

    Members are fitted to each series anew at scoring, so there is nothing else to keep.
    """

    verdict: Verdict
    record: BacktestResult
    config: DemandConfig
    panel_config: PanelConfig


def train(
    order_lines: pl.DataFrame,
    as_of_on: date,
    config: DemandConfig | None = None,
    *,
    panel_config: PanelConfig | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> DemandModel:
    """Back-test model and baseline on the last origins whose months are known at `as_of_on`, and judge."""
    config, panel_config = config or DemandConfig(), panel_config or _NIGHTLY
    known = order_lines.filter(pl.col("ordered_on").cast(pl.Date) <= as_of_on)
    origins = monthly_origins(known, as_of_on, horizons=2)[-_ORIGINS:]
    record = backtest(known, origins, as_of_on, clock=clock, config=config, panel_config=panel_config)
    return DemandModel(verdict(record), record, config, panel_config)
