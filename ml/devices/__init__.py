"""Which devices are unlike themselves or break the laws of physics, and when will they fail?"""

from ml.devices.config import (
    DEVICE_SCHEMA,
    HOUR_SCHEMA,
    METHODS,
    OUTPUT_SCHEMA,
    READING_SCHEMA,
    WORK_ORDER_SCHEMA,
    RiskConfig,
)
from ml.devices.forecast import DeviceModel, forecast, train
from ml.devices.gate import Verdict, verdict

__all__ = [
    "DEVICE_SCHEMA",
    "HOUR_SCHEMA",
    "METHODS",
    "OUTPUT_SCHEMA",
    "READING_SCHEMA",
    "WORK_ORDER_SCHEMA",
    "DeviceModel",
    "RiskConfig",
    "Verdict",
    "forecast",
    "train",
    "verdict",
]
