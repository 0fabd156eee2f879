"""Model cards: what a model learnt from, how it was tried, what it was tried beside, and where it ends."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import polars as pl

from cockpit.services import numbers
from cockpit.services.bands import BASELINES
from cockpit.services.words import say
from lake.text import catalogue

#: The measures that a card shows, the one that decides first.
MEASURES: dict[str, tuple[str, ...]] = {
    "demand": ("wape_30", "wape_60", "bias", "coverage_80", "width_80"),
    "delay": ("pinball", "mae_p50", "brier", "coverage_80", "width_80"),
    "churn": ("pr_auc", "auc", "lift_10", "brier", "calibration_error"),
    "value": ("spearman", "mae", "coverage_80"),
    "devices": ("precision_at_cap", "visits"),
}
#: Measures told in percent, and those that need three decimals.
SHARES = ("metric_wape_30", "metric_wape_60", "metric_bias", "metric_coverage_80")
PRECISE = (
    "metric_pinball",
    "metric_brier",
    "metric_pr_auc",
    "metric_auc",
    "metric_calibration_error",
    "metric_spearman",
    "metric_precision_at_cap",
)
_CLASS_REASON = re.compile(r"^(\w+): (better|not_better|too_few): pinball (\S+) against (\S+) on (\d+)$")


@dataclass(frozen=True)
class ModelCard:
    """One question's card in the viewer's words. `is_shipped` is None before the first training."""

    is_shipped: bool | None
    verdict: str
    lines: list[tuple[str, str]]
    limits: list[str]
    measures: pl.DataFrame


def model_card(question: str, card: pl.DataFrame, backtest: pl.DataFrame, language: str) -> ModelCard:
    """The card of a question from `ml_<question>_card` and `ml_<question>_backtest`."""
    limits = [say(f"limits_{question}", language)]
    if card.is_empty():
        verdict = say("card_untrained", language, baseline=rival(BASELINES[question], language))
        return ModelCard(None, verdict, [], limits, pl.DataFrame())
    first = card.row(0, named=True)
    notes = [note for note in first["notes"].split("; ") if note]
    if notes:
        limits.append(say("card_notes", language, notes=say("list_semicolon", language).join(notes)))
    measures = measure_table(question, card, language)
    others = [code for code in _methods(card) if code != "model"]
    names = say("list_comma", language).join(rival(code, language) for code in others)
    lines = [
        (say("card_question", language), say(f"card_asks_{question}", language)),
        (say("card_data", language), _data(first, language)),
        (say("card_split", language), _split(backtest, language)),
        (say("card_baselines", language), names or numbers.NO_DATA),
        (say("card_gate", language), say(f"gate_of_{question}", language)),
    ]
    return ModelCard(first["is_shipped"], _verdict(question, first, language), lines, limits, measures)


def measure_table(question: str, card: pl.DataFrame, language: str) -> pl.DataFrame:
    """One row a method, the model first, with the measures that decide; one that nobody has is left out."""
    values = {(row["method_code"], row["metric_code"]): row["value"] for row in card.iter_rows(named=True)}
    rows = [
        {"backtest_method": rival(code, language)}
        | {f"metric_{name}": values.get((code, name)) for name in MEASURES[question]}
        for code in _methods(card)
    ]
    schema = {"backtest_method": pl.String} | {f"metric_{n}": pl.Float64 for n in MEASURES[question]}
    table = pl.DataFrame(rows, schema=schema)
    return table.select([name for name in table.columns if table[name].null_count() < table.height])


def _methods(card: pl.DataFrame) -> list[str]:
    found = [code for code in card["method_code"].unique().sort().to_list() if code != "gate"]
    return sorted(found, key=lambda code: code != "model")


def _data(row: dict, language: str) -> str:
    return say(
        "card_outcomes",
        language,
        n=numbers.count(row["outcome_count"], language),
        on=numbers.date(row["anchor_on"]),
    )


def _split(backtest: pl.DataFrame, language: str) -> str:
    """The dates at which forecasts were made anew, as far as the back-test names them."""
    origins = sorted(
        each for each in (backtest["origin"].unique().to_list() if backtest.height else []) if _is_date(each)
    )
    if not origins:
        return say("card_no_origins", language)
    return say("card_origins", language, n=len(origins), first=origins[0], last=origins[-1])


def _is_date(words: str) -> bool:
    try:
        dt.date.fromisoformat(words)
    except ValueError:
        return False
    return True


def _verdict(question: str, row: dict, language: str) -> str:
    reasons = [reason_words(each, language) for each in row["reason_codes"].split("; ") if each]
    joined = say("list_semicolon", language).join(reasons)
    baseline = rival(BASELINES[question], language)
    if not row["is_shipped"]:
        return say("card_lost", language, baseline=baseline, reasons=joined or numbers.NO_DATA)
    if question == "demand" and reasons:
        return say("card_partly", language, baseline=baseline, reasons=joined)
    return say("card_ships", language)


def reason_words(reason: str, language: str) -> str:
    """One point of a gate in words; what has none is shown as the gate told it."""
    of_class = _CLASS_REASON.match(reason)
    if of_class:
        name, code, ours, theirs, count = of_class.groups()
        return say(
            f"gate_class_{code}",
            language,
            name=demand_class(name, language),
            ours=ours,
            theirs=theirs,
            n=count,
        )
    code = reason.partition(":")[0].strip()
    return say(f"gate_{code}", language) if f"gate_{code}" in catalogue("cockpit") else reason


def demand_class(code: str, language: str) -> str:
    """A class of demand in words."""
    key = f"demand_class_{code}"
    return say(key, language) if key in catalogue("cockpit") else code


def rival(code: str, language: str) -> str:
    """What a back-test calls a method, in words; one without a word keeps its code."""
    key = f"rival_{code}"
    return say(key, language) if key in catalogue("cockpit") else code


@dataclass(frozen=True)
class Reliability:
    """One method's reliability plot: what each bin was told, what became of it, of how many."""

    method_code: str
    told: list[float]
    seen: list[float]
    counts: list[int]


def reliability(backtest: pl.DataFrame, methods: tuple[str, ...]) -> list[Reliability]:
    """The points of the methods that the back-test has, over all origins, by what was told."""
    if backtest.is_empty():
        return []
    bins = backtest.filter(pl.col("segment_code").str.starts_with("bin_"), pl.col("origin") == "all")
    found = []
    for method in methods:
        rows = bins.filter(method_code=method).pivot(
            on="metric_code", index=["segment_code", "outcome_count"], values="value"
        )
        if {"probability_mean", "event_share"} <= set(rows.columns):
            rows = rows.drop_nulls(["probability_mean", "event_share"]).sort("segment_code")
            found.append(
                Reliability(
                    method,
                    rows["probability_mean"].to_list(),
                    rows["event_share"].to_list(),
                    rows["outcome_count"].to_list(),
                )
            )
    return found
