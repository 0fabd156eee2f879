"""Numbers as people read them, in both languages."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.services import numbers


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0", "0"),
        (999.4, "999", "999"),
        (9_994, "9,990", "9.99 k"),
        (9_999, "1 万", "10 k"),
        (12_345, "1.23 万", "12.3 k"),
        (999_950, "100 万", "1 m"),
        (3_200_000, "320 万", "3.2 m"),
        (99_999_999, "1 亿", "100 m"),
        (1_860_000_000, "18.6 亿", "1.86 bn"),
        (-4_000_000, "−400 万", "−4 m"),
        (0.0456, "0.0456", "0.0456"),
        (None, "–", "–"),
        (float("nan"), "–", "–"),
    ],
)
def test_quantity(value, zh, en):
    assert numbers.quantity(value, "zh") == zh
    assert numbers.quantity(value, "en") == en


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(2_317, "2,317", "2,317"), (9_999, "9,999", "9,999"), (23_170, "2.32 万", "23.2 k"), (None, "–", "–")],
)
def test_count_is_exact_below_ten_thousand(value, zh, en):
    assert (numbers.count(value, "zh"), numbers.count(value, "en")) == (zh, en)


def test_money_names_its_currency():
    assert numbers.money(1_860_000_000, "CNY", "zh") == "18.6 亿元"
    assert numbers.money(1_860_000_000, "CNY", "en") == "CNY 1.86 bn"
    assert numbers.money(2_000_000, "USD", "zh") == "200 万 USD"
    assert numbers.money(None, "CNY", "zh") == "–"


def test_shares_and_differences_have_a_true_minus():
    assert numbers.share(0.8642) == "86.4%"
    assert numbers.share(-0.031) == "−3.1%"
    assert numbers.difference(-1.84) == "−1.8"
    assert numbers.difference(0.61) == "+0.6"
    assert numbers.difference(0.04) == "0.0"
    assert numbers.days_late(45) == "+45"
    assert numbers.share(None) == numbers.difference(None) == "–"


def test_dates():
    day = dt.date(2026, 3, 9)
    assert numbers.day(day, "zh") == "2026年3月9日"
    assert numbers.day(day, "en") == "9 March 2026"
    assert numbers.date(None) == "–"
    assert numbers.moment(dt.datetime(2026, 3, 9, 2, 4)) == "2026-03-09 02:04 UTC"


_UNIT = {"万": 1e4, "亿": 1e8, "k": 1e3, "m": 1e6, "bn": 1e9, "": 1}


@given(st.floats(min_value=-1e12, max_value=1e12), st.sampled_from(["zh", "en"]))
def test_a_shown_quantity_reads_back_within_its_three_digits(value, language):
    shown = numbers.quantity(value, language).replace("−", "-").replace(",", "")
    match = re.fullmatch(r"(-?[\d.]+) ?(\D*)", shown)
    assert match, shown
    read = float(match[1]) * _UNIT[match[2]]
    assert read == pytest.approx(value, rel=0.0051, abs=1e-9 if abs(value) < 1e-9 else 0)
    assert "-" not in numbers.quantity(value, language)
