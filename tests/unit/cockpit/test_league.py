"""Rules beside each other in words: precision with its interval, days saved, no cause without a lot."""

import polars as pl
import pytest

from cockpit.services import league
from cockpit.services.items import Names
from tests.support.published_actions import rule_league

RULES = {
    "milestone_late": {"zh": "节点延误", "en": "Milestone late"},
    "idle_stock": {"zh": "呆滞", "en": "Idle stock"},
}


@pytest.fixture
def rows() -> pl.DataFrame:
    return pl.DataFrame(list(rule_league()), infer_schema_length=None)


def names(language="en") -> Names:
    return Names(language, RULES, {})


def test_the_most_precise_comes_first_and_what_nobody_judged_last(rows):
    shown = league.table(rows, names())
    assert shown["item_rule"].to_list() == ["care_plan_low_ratings", "Milestone late", "Idle stock"]
    assert shown["rule_precision"].to_list() == ["100.0% (55.0%–100.0%)", "75.0% (55.0%–100.0%)", "–"]


def test_an_outcome_has_n_and_interval_and_is_no_cause(rows):
    shown = league.table(rows, names()).filter(pl.col("item_rule") == "Milestone late").row(0, named=True)
    assert shown["days_saved_mean"] == 8.5
    assert shown["rule_effect"] == "−8.5 (−12.0 … −5.0)"
    assert shown["rule_n"] == "18 against 25"
    assert shown["rule_outcome"] == "4.0 → 20.0 d"
    assert shown["rule_evidence"] == "not causal"


def test_too_few_have_no_interval_and_nothing_measured_says_so(rows):
    shown = {row["item_rule"]: row for row in league.table(rows, names("zh")).iter_rows(named=True)}
    assert shown["care_plan_low_ratings"]["rule_effect"] == "+1.2"
    assert {shown["呆滞"][name] for name in ("rule_effect", "rule_n", "rule_outcome", "rule_evidence")} == {
        "–"
    }
    assert shown["呆滞"]["days_saved_mean"] is None


def test_the_finding_weighs_all_judged_items(rows):
    assert league.finding(rows, names()) == (
        "Of 26 alerts that were judged, 76.9% were worth it; the lowest is 'Milestone late' with 75.0%."
    )
    unjudged = rows.filter(pl.col("judged_count") == 0)
    assert league.finding(unjudged, names()) == "3 alerts, and nobody has judged one yet."
