"""What a customer's tier is scored by, and why: the value forecast where that is better, else the rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from cockpit.services import numbers
from cockpit.services.words import say

BY_VALUE = "value"


def tier_basis(portrait: Mapping[str, Any], card: pl.DataFrame, language: str) -> str:
    """What the score of a portrait's tier is by, in words; empty for one without a tier.

    card: rows of `ml_value_card`, none before the first training. A portrait published before scores had a
    method was scored by the rule, and nothing is said.
    """
    method = portrait.get("tier_method_code")
    if method is None:
        return ""
    told_on = portrait["tier_value_told_on"]
    against = _against(card, language)
    if method == BY_VALUE:
        return say("tier_by_value", language, on=numbers.date(told_on)) + against
    if card.is_empty():
        return say("tier_by_rule_untrained", language)
    if card["is_shipped"][0]:
        return say("tier_by_rule_yet", language)
    return say("tier_by_rule_lost", language) + against


def _against(card: pl.DataFrame, language: str) -> str:
    """How the two ranked the years of the back-test; empty where there was nothing to rank."""
    spearman = card.filter(metric_code="spearman").drop_nulls("value") if card.height else card
    found = dict(spearman.select("method_code", "value").iter_rows()) if spearman.height else {}
    if not {"model", "last_year"} <= set(found):
        return ""
    return say(
        "tier_ranked",
        language,
        ours=numbers.decimal(found["model"], 3),
        theirs=numbers.decimal(found["last_year"], 3),
        n=numbers.count(int(spearman["outcome_count"][0]), language),
    )
