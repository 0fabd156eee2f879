"""An air-handling unit made by hand, sound or with one fault from a day on."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from ml.devices.readings import Unit, read_unit

DAYS = 4


def unit(fault: str | None = None, *, fahrenheit: bool = False, from_day: int = 0) -> Unit:
    """Ten-minute data of a unit that heats and mixes by day, with a fault from a day on."""
    rows = DAYS * 144
    at = [datetime(2025, 1, 6) + timedelta(minutes=10 * row) for row in range(rows)]
    hour = np.arange(rows) / 6 % 24
    on, faulty = ((hour >= 6) & (hour < 20)).astype(float), np.arange(rows) >= from_day * 144
    outdoor, back = 5 + 3 * np.sin((hour - 9) / 24 * 2 * np.pi), np.full(rows, 21.0)
    damper = np.where((hour >= 8) & (hour < 18), 0.4, 0.0) * on
    valve = np.where(damper > 0, 0.3, 0.0)
    real_damper = np.where(faulty, 0.5, damper) if fault == "damper_stuck" else damper
    mixed = back + real_damper * (outdoor - back)
    leak = np.where(faulty, 5.0, 0.0) if fault == "heating_valve_leak" else 0.0
    supply = np.where(on > 0, mixed + 0.5 + 20 * valve + leak, back)
    temperatures = {
        "Supply Air Temperature": supply,
        "Mixed Air Temperature": mixed,
        "Return Air Temperature": back,
        "Outdoor Air Temperature": outdoor,
    }
    if fahrenheit:
        temperatures = {name: values * 1.8 + 32 for name, values in temperatures.items()}
    others = {"Supply Fan Status": on, "Outdoor Air Damper": damper, "Heating Valve": valve}
    table = pl.DataFrame({"time": at, **temperatures, **others, "Cooling Valve": 0.0 * on, "label": faulty})
    return read_unit(fault or "sound", table, "label")
