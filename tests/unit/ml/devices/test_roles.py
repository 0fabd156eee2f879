"""Names of signals in the words that people use for them."""

import pytest

from ml.devices.roles import role_of, roles_of


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("AHU: Mixed Air Temperature", "mixed_air_temperature"),
        ("supply_air_c", "supply_air_temperature"),
        ("AHU1.MAT", "mixed_air_temperature"),
        ("SaTempSp", "supply_air_setpoint"),
        ("Discharge Air Temperature Heating Set Point", "supply_air_heating_setpoint"),
        ("送风温度", "supply_air_temperature"),
        ("新风阀开度", "outdoor_damper"),
        ("冷水阀", "cooling_valve"),
        ("Hot Water Coil Valve Command", "heating_valve"),
        ("filter_pressure_pa", "filter_pressure"),
        ("chilled water supply temperature", None),
        ("value", None),
    ],
)
def test_role_of(name: str, role: str | None) -> None:
    assert role_of(name) == role


def test_the_shorter_name_has_the_role() -> None:
    assert roles_of(["Return Air Temperature Sensor B", "return_air_c"]) == {
        "return_air_temperature": "return_air_c"
    }
