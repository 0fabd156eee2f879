"""Alert rules beside each other: how often people found them right, and what came of those they took on."""

from __future__ import annotations

from typing import Any

import polars as pl

from cockpit.services import numbers
from cockpit.services.items import Names
from cockpit.services.words import say


def table(league: pl.DataFrame, names: Names) -> pl.DataFrame:
    """One line a rule, the most precise first; those that nobody has judged yet last."""
    ordered = league.sort(
        "precision_share", "judged_count", "rule_id", descending=[True, True, False], nulls_last=True
    )
    rows = [_line(row, names) for row in ordered.iter_rows(named=True)]
    schema = {
        "item_rule": pl.String,
        "item_count": pl.Int64,
        "rule_precision": pl.String,
        "rule_judged": pl.String,
        "days_saved_mean": pl.Float64,
        "rule_outcome": pl.String,
        "rule_effect": pl.String,
        "rule_n": pl.String,
        "rule_evidence": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def finding(league: pl.DataFrame, names: Names) -> str:
    """Over all rules: how many of the judged items were right, and by rule the least precise."""
    judged, confirmed = int(league["judged_count"].sum()), int(league["confirmed_count"].sum())
    language = names.language
    if not judged:
        return say("league_none", language, n=numbers.count(int(league["item_count"].sum()), language))
    known = league.drop_nulls("precision_share").sort("precision_share", "rule_id")
    least = known.row(0, named=True)
    return say(
        "league_finding",
        language,
        share=numbers.share(confirmed / judged),
        n=numbers.count(judged, language),
        rule=names.rule(least["rule_id"]),
        least=numbers.share(least["precision_share"]),
    )


def _line(row: dict[str, Any], names: Names) -> tuple[object, ...]:
    language = names.language
    return (
        names.rule(row["rule_id"]),
        row["item_count"],
        _precision(row),
        say(
            "league_judged",
            language,
            confirmed=numbers.count(row["confirmed_count"], language),
            dismissed=numbers.count(row["dismissed_count"], language),
        ),
        row["days_saved_mean"],
        _outcome(row, language),
        _effect(row, language),
        _counts(row, language),
        _evidence(row, language),
    )


def _precision(row: dict[str, Any]) -> str:
    if row["precision_share"] is None:
        return numbers.NO_DATA
    low, high = numbers.share(row["precision_low_share"]), numbers.share(row["precision_high_share"])
    return f"{numbers.share(row['precision_share'])} ({low}–{high})"


def _outcome(row: dict[str, Any], language: str) -> str:
    """Mean before and after, over the cases that were taken on."""
    if row["unit_code"] is None or row["before_mean"] is None or row["after_mean"] is None:
        return numbers.NO_DATA
    before, after = numbers.decimal(row["before_mean"], 1), numbers.decimal(row["after_mean"], 1)
    unit = say(f"unit_{row['unit_code']}", language)
    return f"{before} → {after} {unit}"


def _effect(row: dict[str, Any], language: str) -> str:
    if row["effect_mean"] is None:
        return numbers.NO_DATA
    mean = numbers.difference(row["effect_mean"], 1)
    if row["effect_low"] is None or row["effect_high"] is None:
        return mean
    low, high = numbers.difference(row["effect_low"], 1), numbers.difference(row["effect_high"], 1)
    return f"{mean} ({low} … {high})"


def _counts(row: dict[str, Any], language: str) -> str:
    if row["unit_code"] is None:
        return numbers.NO_DATA
    return say(
        "league_n",
        language,
        taken=numbers.count(row["matched_count"], language),
        left=numbers.count(row["control_count"], language),
    )


def _evidence(row: dict[str, Any], language: str) -> str:
    if row["effect_mean"] is None:
        return numbers.NO_DATA
    return say("league_causal" if row["is_causal"] else "league_not_causal", language)
