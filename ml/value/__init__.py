"""What will each customer be worth in the coming year and in its life? `forecast` answers."""

from ml.value.config import METHODS, OUTPUT_SCHEMA, ValueConfig
from ml.value.forecast import forecast
from ml.value.model import ValueModel, train

__all__ = ["METHODS", "OUTPUT_SCHEMA", "ValueConfig", "ValueModel", "forecast", "train"]
