"""One supplier: score by parts, the ladder of its promises, lead times and the lines behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cockpit.services import numbers
from cockpit.services.figure_lines import FigureLine, FigureLines
from cockpit.services.figures import Figure
from cockpit.services.parts import Part, Scored, steps
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import code_label, say

Row = Mapping[str, Any]
PARTS = ("otif", "on_time", "lead_time", "quality", "price", "response")
#: The steps of the ladder and the figure that each of them is; in the end has none.
LADDER = {
    "requested": "supplier_otif_requested_share",
    "promised": "otif",
    "window": "supplier_otif_window_share",
    "current": "supplier_otif_current_share",
    "final": "",
}
LEAD_TIME_SPAN = 5


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: the share of lines that were there in full by that date."""

    step: str
    share: float | None
    line_count: int
    figure_id: str


def ladder(counts: Row) -> list[Rung]:
    """The rungs; a date that no line has reached has no share."""
    return [
        Rung(
            step,
            counts[f"{step}_kept_count"] / counts[f"{step}_line_count"]
            if counts[f"{step}_line_count"]
            else None,
            counts[f"{step}_line_count"],
            figure_id,
        )
        for step, figure_id in LADDER.items()
    ]


def padding_note(counts: Row, language: str) -> str:
    """How many days the promises lie after the requests on average, or before them."""
    days = counts["padding_days"]
    if days is None:
        return ""
    key = "padding_after" if days > 0 else "padding_before"
    return say(key, language, days=numbers.decimal(abs(days)))


def finding(row: Row, language: str) -> str:
    """Rank, score and promises kept."""
    name = row["supplier_name"] or row["supplier_id"]
    if row["score"] is None:
        return say("supplier_unscored", language, name=name)
    return say(
        "supplier_finding",
        language,
        name=name,
        score=numbers.decimal(row["score"], 0),
        rank=row["score_rank"],
        share=numbers.share(row["otif_share"]),
    )


def subtitle(row: Row, language: str) -> str:
    """Category, place, purchases and trend."""
    parts = (
        code_label("category", row["category_code"], language) if row["category_code"] else None,
        row["city"] or row["country_code"],
        say(
            "supplier_bought",
            language,
            amount=numbers.money(row["purchase_amount"], row["currency_code"], language),
        )
        if row["purchase_amount"] is not None
        else None,
        say(f"supplier_trend_{row['trend_code']}", language)
        if row["trend_code"] in ("better", "same", "worse")
        else None,
        row["supplier_id"],
    )
    return " · ".join(part for part in parts if part)


def tiles(
    row: Row, months: pl.DataFrame, figures: dict[str, Figure], doubt: Doubt, language: str
) -> list[Tile]:
    """Score, OTIF, receipts on time, lead-time reliability, rejects, padding."""
    is_doubtful = doubt.touches("purchase", "receipt", "supplier")
    year = months.tail(24)

    def share(figure_id: str, value: float | None, whole: int, trend: list[float | None]) -> Tile:
        part = value * whole if value is not None else None
        return share_tile(
            figures.get(figure_id),
            figure_id,
            part,
            whole or None,
            language,
            trend=trend,
            is_doubtful=is_doubtful,
        )

    return [
        number_tile(
            figures.get("supplier_score"),
            "supplier_score",
            row["score"],
            numbers.decimal(row["score"], 0),
            language,
            trend=year["score"].to_list(),
            is_doubtful=is_doubtful,
        ),
        share("otif", row["otif_share"], row["due_line_count"], year["otif_share"].to_list()),
        share(
            "supplier_on_time_share",
            row["on_time_share"],
            row["dated_receipt_count"],
            year["on_time_share"].to_list(),
        ),
        share(
            "supplier_lead_time_reliable_share",
            row["lead_time_reliable_share"],
            row["lead_time_count"],
            year["lead_time_reliable_share"].to_list(),
        ),
        number_tile(
            figures.get("supplier_rejected_ppm"),
            "supplier_rejected_ppm",
            row["rejected_ppm"],
            numbers.count(row["rejected_ppm"], language),
            language,
            is_doubtful=is_doubtful,
        ),
        number_tile(
            figures.get("supplier_mean_late_days"),
            "supplier_mean_late_days",
            row["mean_late_days"],
            numbers.decimal(row["mean_late_days"]),
            language,
            is_doubtful=is_doubtful,
        ),
    ]


def score_parts(row: Row, weights: pl.DataFrame, language: str) -> list[Part]:
    """The parts of the score; those without data give their weight to the others."""
    weight_of = dict(weights.select("part", "weight").iter_rows())
    known = {part: weight_of.get(part) or 0.0 for part in PARTS if row[f"{part}_points"] is not None}
    total = sum(known.values())
    scored = [
        Scored(
            name=say(f"supplier_part_{part}", language),
            weight=known[part] / total if total and part in known else None,
            points=row[f"{part}_points"] * known[part] / total if total and part in known else None,
            note=numbers.decimal(row[f"{part}_points"], 0),
            figure_id="supplier_score",
        )
        for part in PARTS
    ]
    return steps(scored, say("part_missing", language))


def figure_lines(row: Row, figures: Mapping[str, Figure], language: str) -> list[FigureLine]:
    """What is not on a tile: padding, lead-time spread, price and answer."""
    lines = FigureLines(figures, language)

    def days(figure_id: str, column: str) -> FigureLine:
        shown = (
            say("n_days", language, n=numbers.decimal(row[column]))
            if row[column] is not None
            else numbers.NO_DATA
        )
        return lines.of(figure_id, row[column], shown)

    def index(figure_id: str, column: str) -> FigureLine:
        return lines.of(figure_id, row[column], numbers.decimal(row[column], 3))

    return [
        lines.of("supplier_padding_share", row["padding_share"], numbers.share(row["padding_share"])),
        days("supplier_padding_days", "padding_days"),
        days("supplier_lead_time_spread_days", "lead_time_spread_days"),
        index("supplier_lead_time_variation", "lead_time_variation"),
        index("supplier_price_index", "price_index"),
        index("supplier_usual_price_index", "usual_price_index"),
        days("supplier_response_days", "mean_response_days"),
    ]
