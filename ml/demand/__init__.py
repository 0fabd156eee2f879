"""How much of each product will be sold in each of the coming months? `forecast` answers."""

from ml.demand.config import INPUT_SCHEMA, METHODS, OUTPUT_SCHEMA, QUANTILES, DemandConfig
from ml.demand.forecast import forecast

__all__ = ["INPUT_SCHEMA", "METHODS", "OUTPUT_SCHEMA", "QUANTILES", "DemandConfig", "forecast"]
