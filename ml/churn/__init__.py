"""Which customers have gone silent, and which are likely to? `forecast` answers."""

from ml.churn.config import ACTIVITY_SCHEMA, METHODS, OUTPUT_SCHEMA, PROJECT_SCHEMA, ChurnConfig
from ml.churn.forecast import forecast
from ml.churn.frames import ChurnFrames, churn_frames
from ml.churn.model import ChurnModel, train

__all__ = [
    "ACTIVITY_SCHEMA",
    "METHODS",
    "OUTPUT_SCHEMA",
    "PROJECT_SCHEMA",
    "ChurnConfig",
    "ChurnFrames",
    "ChurnModel",
    "churn_frames",
    "forecast",
    "train",
]
