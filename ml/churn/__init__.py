"""Which customers have gone silent, and which are likely to? `forecast` answers."""

from ml.churn.config import ACTIVITY_SCHEMA, METHODS, OUTPUT_SCHEMA, PROJECT_SCHEMA, ChurnConfig
from ml.churn.forecast import forecast

__all__ = ["ACTIVITY_SCHEMA", "METHODS", "OUTPUT_SCHEMA", "PROJECT_SCHEMA", "ChurnConfig", "forecast"]
