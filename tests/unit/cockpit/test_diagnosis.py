"""The diagnosis of devices reads in words in both languages, and leaves out what says nothing."""

import datetime as dt

import polars as pl
import pytest

from cockpit.services import diagnosis
from lake.text import catalogue
from ml.devices.config import METHODS
from ml.devices.physics import RULES


def risks(**other):
    row = {
        "device_id": "D1",
        "as_of_on": dt.date(2025, 9, 30),
        "method_code": "wear_and_lifetime",
        "last_read_on": dt.date(2025, 9, 30),
        "wear_index": 2.5,
        "anomaly_score_share": 0.71,
        "fault_code": "filter_clogged",
        "fault_metric_code": "filter_pressure_pa",
        "failure_probability_share": 0.62,
        "failure_p10_days": 4,
        "failure_p50_days": 19,
        "failure_p90_days": 60,
        "reference_count": 12,
        "is_silent": False,
        "has_open_work": False,
        "is_suggested": True,
    }
    return pl.DataFrame([row | other], infer_schema_length=None)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", ("滤网堵塞", "滤网压差", "磨损与寿命")),
        ("en", ("filter clogged", "filter pressure", "wear and lifetime")),
    ],
)
def test_codes_are_words_and_every_column_has_a_heading(language, told):
    (row,) = diagnosis.table(risks(), {"D1": "Chiller · D1"}, language).to_dicts()
    assert (row["device_fault"], row["device_metric"], row["device_method"]) == told
    assert row["device_id"] == "Chiller · D1"
    assert {f"col_{name}" for name in row} <= catalogue("cockpit").keys()


def test_what_no_model_says_is_no_column():
    silent = dict.fromkeys(("failure_probability_share", "failure_p10_days", "fault_code"))
    table = diagnosis.table(risks(**silent), {}, "en")
    assert not {"failure_probability_share", "failure_p10_days", "device_fault"} & set(table.columns)


def test_every_fault_and_method_that_the_diagnosis_may_name_has_words():
    faults = {rule.fault_code for rule in RULES.values()}
    assert {f"fault_{each}" for each in faults} <= catalogue("cockpit").keys()
    assert {f"device_method_{each}" for each in METHODS} <= catalogue("cockpit").keys()
