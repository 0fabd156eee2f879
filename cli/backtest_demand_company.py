"""The demand back-test of a company: its own order lines, at rolling month ends."""

import os
import time
from dataclasses import replace
from datetime import date

import polars as pl

from cli.common import EXIT_FAILED, fail
from lake.settings import Settings
from ml.backtest.results import BacktestResult
from ml.demand.backtest import backtest, monthly_origins
from ml.demand.config import INPUT_SCHEMA, PanelConfig
from ml.demand.peak_record import backtest_warnings
from pipelines.backtest_facts import NoFactsError, company_facts

_TABLE = "marts.fct_order_line"
#: A back-test of a company repeats the forecast this often at most: the last origins count.
_MOST_ORIGINS = 12


def of_company(settings: Settings, since: date | None) -> BacktestResult:
    """Score the forecast at the company's last month ends, and the warnings of peaks beside it."""
    try:
        frames, as_of_on = company_facts(settings, {_TABLE: list(INPUT_SCHEMA)})
    except NoFactsError as error:
        return fail(str(error), EXIT_FAILED)
    lines = frames[_TABLE]
    origins = monthly_origins(lines, as_of_on, since=since)[-_MOST_ORIGINS:]
    config = PanelConfig(workers=min(2, os.cpu_count() or 1))
    result = backtest(lines, origins, as_of_on, clock=time.perf_counter, panel_config=config)
    months = [pl.select(pl.lit(origin).dt.offset_by("1d")).item() for origin in origins]
    record = backtest_warnings(lines, months)
    if "model" not in result.metrics:
        return result
    told = {
        "peaks": record.peaks,
        "peaks_warned_share": record.warned_share,
        "peaks_false_alarm_share": record.false_alarm_share,
    }
    return replace(
        result, metrics={**result.metrics, "seasonal_naive": {**result.metrics["seasonal_naive"], **told}}
    )
