"""What a tier's score is by: the page says so, whichever it is."""

import datetime as dt

import polars as pl
import pytest

from cockpit.services.tier_basis import tier_basis

BY_VALUE = {"tier_method_code": "value", "tier_value_told_on": dt.date(2025, 9, 29)}
BY_RULE = {"tier_method_code": "rule", "tier_value_told_on": None}


def card(*, ships: bool, ours: float | None = 0.58, theirs: float | None = 0.35) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "method_code": ["gate", "model", "last_year"],
            "metric_code": ["is_passed", "spearman", "spearman"],
            "value": [float(ships), ours, theirs],
            "outcome_count": [240, 240, 240],
            "is_shipped": [ships] * 3,
        }
    )


def test_a_score_by_the_model_names_its_night_and_its_record() -> None:
    told = tier_basis(BY_VALUE, card(ships=True), "en")
    assert "2025-09-29" in told
    assert "0.580 against 0.350, 240 cases" in told


def test_a_model_that_lost_leaves_the_rule_and_the_page_says_so() -> None:
    told = tier_basis(BY_RULE, card(ships=False, ours=0.31), "en")
    assert told.startswith("Scored by the rule: in its back-test the value model did not rank better")
    assert "0.310 against 0.350" in told


@pytest.mark.parametrize(
    ("portrait", "shown", "begins"),
    [
        (BY_RULE, pl.DataFrame(), "Scored by the rule: the value model has not been trained yet."),
        (BY_RULE, card(ships=True), "Scored by the rule: the value model has passed"),
        (BY_RULE, card(ships=False, ours=None), "Scored by the rule: in its back-test"),
    ],
)
def test_the_rule_says_why_it_scores(portrait: dict, shown: pl.DataFrame, begins: str) -> None:
    assert tier_basis(portrait, shown, "en").startswith(begins)
    assert tier_basis(portrait, shown, "zh").startswith("得分依据：规则")


def test_a_publication_from_before_says_nothing() -> None:
    assert tier_basis({"tier_score": 80.0}, pl.DataFrame(), "en") == ""
