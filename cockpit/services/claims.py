"""Claims of the source documents as reference lines only: what was said, what is measured, of how many."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cockpit.services import numbers
from cockpit.services.words import say

#: The registered figure whose passport stands behind a measured value.
FIGURES = {
    "pilot_project_count": "pilot_project_count",
    "project_cycle_change": "pilot_change_share",
    "delivery_cycle_change": "pilot_change_share",
    "start_days_change": "pilot_change_share",
    "complaint_rate_change": "complaint_change",
    "first_acceptance_share": "first_pass_share",
    "mean_stars": "satisfaction_stars",
    "satisfied_share": "csat_share",
    "idle_stock_change": "idle_stock_share",
    "repurchase_change": "repurchase_share",
    "campus_months": "schedule_compression_share",
}
_CHANGES = "_change"


@dataclass(frozen=True)
class Claim:
    """One line: the claim's words and value, what is measured with its n and interval, ready to read."""

    words: str
    claimed: str
    measured: str
    note: str
    figure_id: str


def lines(claims: pl.DataFrame, language: str) -> list[Claim]:
    """Every claim in the order of the documents' codes; one without data says «–»."""
    return [_line(row, language) for row in claims.iter_rows(named=True)]


def _line(row: dict, language: str) -> Claim:
    is_change = row["claim_code"].endswith(_CHANGES)
    note = ""
    if row["value"] is not None:
        note = say("n_is", language, n=numbers.count(row["n"], language))
        if row["low"] is not None:
            low, high = (_shown(row[end], row["unit"], is_change, language) for end in ("low", "high"))
            note += " · " + say("interval_90", language, low=low, high=high)
    return Claim(
        words=row[f"text_{language}"],
        claimed=_shown(row["claimed"], row["unit"], is_change, language),
        measured=_shown(row["value"], row["unit"], is_change, language),
        note=note,
        figure_id=FIGURES.get(row["claim_code"], ""),
    )


def _shown(value: float | None, unit: str, is_change: bool, language: str) -> str:
    if value is None:
        return numbers.NO_DATA
    if unit == "share":
        return f"{numbers.difference(100 * value)}%" if is_change else numbers.share(value)
    return numbers.count(value, language) if unit == "count" else numbers.decimal(value)
