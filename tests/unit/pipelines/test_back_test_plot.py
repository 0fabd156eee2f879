"""The drawing of a back-test: a bar a method, nothing from outside, nothing that runs."""

import base64
import re
from dataclasses import replace

from pipelines.back_test_plot import plot_of
from tests.unit.pipelines.test_trained_models import record


def drawings(told: str) -> list[str]:
    return [base64.b64decode(found).decode() for found in re.findall(r"base64,([^)]+)\)", told)]


def test_each_method_has_its_bar_and_number():
    (drawing,) = drawings(
        plot_of(record(metrics={"model": {"auc": 0.8}, "<plan>": {"auc": 0.5}, "x": {"auc": None}}))
    )
    assert drawing.count("<rect") == 2
    assert "0.800" in drawing
    assert "&lt;plan&gt;" in drawing


def test_without_a_back_test_it_says_so():
    assert "too little" in plot_of(None)
    assert "too little" in plot_of(replace(record(), metrics={}))
