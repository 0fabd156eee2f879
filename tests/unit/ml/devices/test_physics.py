"""An air-handling unit made by hand, sound or with one fault: the rule that it breaks names it."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from ml.devices.config import DeviceConfig
from ml.devices.hours import fault_codes, hours_of, rule_score
from ml.devices.readings import NoTimeColumnError, Unit, in_roles, read_unit
from ml.devices.units import prepared, teach, transferred, untaught
from tests.support.air_handler import unit


@pytest.mark.parametrize("fahrenheit", [False, True])
@pytest.mark.parametrize("fault", ["heating_valve_leak", "damper_stuck"])
def test_a_fault_breaks_its_rule_in_any_unit_of_temperature(fault: str, fahrenheit: bool) -> None:
    table = hours_of(unit(fault, fahrenheit=fahrenheit, from_day=2), DeviceConfig())
    is_later = (table["day_on"] >= datetime(2025, 1, 8).date()).to_numpy()
    scores = rule_score(table, DeviceConfig())
    assert scores[is_later].min() > scores[~is_later].max()
    assert set(fault_codes(table).to_numpy()[is_later]) == {fault}


def test_a_sound_unit_breaks_no_rule() -> None:
    table = hours_of(unit(), DeviceConfig())
    assert rule_score(table, DeviceConfig()).max() == 0
    assert fault_codes(table).null_count() == table.height


def test_what_a_leak_taught_holds_for_another_unit_and_no_label_of_it_is_looked_at() -> None:
    config = DeviceConfig()
    teacher = teach([prepared(unit("heating_valve_leak", from_day=2), config)], config)
    other = unit("heating_valve_leak", fahrenheit=True, from_day=1)
    scores = transferred(prepared(other, config), teacher, config)
    flipped = Unit(other.name, other.frame, ~other.is_fault, other.ignored)
    assert np.array_equal(scores, transferred(prepared(flipped, config), teacher, config))
    assert scores[24:].min() > scores[:24].max()


def test_labels_of_one_kind_teach_nothing() -> None:
    config = DeviceConfig()
    assert teach([prepared(unit("damper_stuck"), config)], config) is None


def test_dirty_readings_are_named_and_survive() -> None:
    table = pl.DataFrame(
        {
            "when": [f"{day}/3/2025 0{hour}:00" for day in (13, 14) for hour in range(6)],
            "Supply Temp": ["#VALUE!", "20", "", "inf", "21", "22", "20", "20", "21", "22", "20", "20"],
            "Return Temp": ["22"] * 12,
            "nothing": [None] * 12,
        },
        schema_overrides={"nothing": pl.String},
    )
    found = read_unit("dirty", table)
    assert found.frame["at"][0] == datetime(2025, 3, 13)
    assert found.frame["Supply Temp"].null_count() == 3
    assert set(found.ignored) == {"nothing"}
    config = DeviceConfig()
    assert np.isfinite(untaught(prepared(found, config), config)).all()
    assert in_roles(found)["return_air_temperature"].to_list() == [22.0] * 12


def test_readings_without_a_time_are_refused_by_name() -> None:
    with pytest.raises(NoTimeColumnError, match="no column with times among a, b"):
        read_unit("none", pl.DataFrame({"a": [1.0], "b": ["x"]}))
