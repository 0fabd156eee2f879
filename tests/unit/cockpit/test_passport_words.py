"""A figure's passport in words: units, bounds, ages of sources."""

import datetime as dt
import json

import polars as pl
import pytest

from cockpit.services import passports
from cockpit.services.figures import Figure

OTIF = Figure(
    "otif",
    "On time in full",
    "lines in full / lines due",
    "share",
    "supply_chain",
    "higher",
    0.95,
    "mart_supplier_scorecard",
    2,
    "otif_share",
    dt.date(2025, 1, 1),
)
RUN = {
    "version": 2,
    "publication_name": "night-2025-09-30",
    "run_id": "run-1",
    "as_of_on": dt.date(2025, 9, 30),
    "value": 0.819,
    "n": 812,
    "status_code": "doubtful",
    "message": "",
    "sql": "select 1",
    "upstream_columns": json.dumps({"raw_erp__receipts": ["received_on", "accepted_quantity"]}),
    "sources": json.dumps(
        [
            {"table": "raw_erp__receipts", "source": "files", "data_until_at": "2025-09-27T08:00:00"},
            {"table": "raw_erp__suppliers", "source": None, "data_until_at": None},
            {"table": "raw_erp__orders", "source": "files", "data_until_at": "2025-10-02T00:00:00"},
        ]
    ),
    "checks_passed": 40,
    "failed_checks": json.dumps(["fct_receipt_line: receipt_after_order"]),
    "quarantined": json.dumps({"erp__purchase_lines": 2, "erp__receipts": 1}),
    "bound_code": "bounded",
    "bound_low": 0.816,
    "bound_high": 0.822,
    "own_defaults": json.dumps({"otif_tolerance_days": 2.0}),
}


def test_a_passport_tells_the_effect_of_what_failed_and_what_waits():
    found = passports.passport(OTIF, RUN, "CNY", "en")
    assert (found.value, found.is_good) == ("81.9%", False)
    assert found.failed_checks == ["fct_receipt_line: receipt_after_order"]
    assert dict(found.worth) == {
        "Target": "95.0%",
        "Rows counted (n)": "812",
        "Rows in quarantine": "3 wait (erp__purchase_lines 2, erp__receipts 1);"
        " with them it lies between 81.6% and 82.2%",
        "Checks": "40 passed, 1 failed",
    }
    assert dict(found.origin)["Version"] == "2, since 2025-01-01"
    assert dict(found.origin)["Company's own"] == "otif_tolerance_days = 2"
    assert dict(found.origin)["Owner"] == "supply chain"


def test_sources_have_an_age_the_one_that_says_nothing_first_and_none_is_negative():
    table = passports.passport(OTIF, RUN, "CNY", "zh").sources
    assert table.select("table_name", "age_days").rows() == [
        ("erp__suppliers", None),
        ("erp__receipts", 3),
        ("erp__orders", 0),
    ]


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ({"bound_code": "exact"}, "没有隔离行影响它"),
        ({"bound_code": "unbounded", "bound_low": 0.0}, "计入后不低于 0.0%"),
        ({"bound_code": "unbounded", "bound_low": None, "bound_high": None}, "会使它变多少无法界定"),
    ],
)
def test_what_cannot_be_bounded_is_said(run, told):
    assert told in passports.bound_told(RUN | run, "share", None, "zh")


def test_a_figure_that_is_no_aggregate_says_why_it_has_no_value():
    worth = dict(passports.passport(OTIF, RUN | {"value": None, "n": 36}, None, "en").worth)
    assert worth["Rows counted (n)"] == "36 · one value a row; it has none over all"
    empty = dict(passports.passport(OTIF, RUN | {"value": None, "n": 0}, None, "en").worth)
    assert empty["Rows counted (n)"] == "0"


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0.5, "share", "50.0%", "50.0%"),
        (18_600_000, "currency", "1,860 万元", "CNY 18.6 m"),
        (12.34, "days", "12.3 天", "12.3 days"),
        (3.0, "per 100 orders", "3 每百单", "3 per 100 orders"),
        (9_999, "count", "9,999", "9,999"),
        (1.25, "furlong", "1.25 furlong", "1.25 furlong"),
        (None, "days", "–", "–"),
    ],
)
def test_a_value_has_its_unit(value, unit, zh, en):
    assert passports.value_told(value, unit, "CNY", "zh") == zh
    assert passports.value_told(value, unit, "CNY", "en") == en


def test_figures_are_listed_by_name_and_equal_names_are_told_apart():
    figures = {
        key: Figure(key, name, "", None, None, None, None, None, 1)
        for key, name in (("b", "Orders"), ("a", "orders"), ("c", "Gain"))
    }
    assert list(passports.choices(figures).items()) == [
        ("c", "Gain · c"),
        ("a", "orders · a"),
        ("b", "Orders · b"),
    ]


def test_columns_are_told_by_table():
    assert passports.column_table({"raw_b": ["x", "y"], "raw_a": ["z"]}).equals(
        pl.DataFrame({"table_name": ["a", "b"], "columns": ["z", "x, y"]})
    )
