"""When will an unfinished milestone finish? `forecast` answers, `backtest` says how well it would have."""

from ml.delay.config import INPUT_SCHEMA, METHODS, OUTPUT_SCHEMA, QUANTILES, DelayConfig
from ml.delay.forecast import forecast

__all__ = ["INPUT_SCHEMA", "METHODS", "OUTPUT_SCHEMA", "QUANTILES", "DelayConfig", "forecast"]
