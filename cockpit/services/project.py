"""One project: its finding, figures, stages, earned value and health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.figure_lines import FigureLine, FigureLines
from cockpit.services.figures import Figure
from cockpit.services.labels import labelled
from cockpit.services.parts import Part, Scored, steps
from cockpit.services.tiles import Doubt, Tile, number_tile
from cockpit.services.words import code_label, say

Row = Mapping[str, Any]
Section = Literal["progress", "schedule", "whatif", "cost", "site", "trust"]
SECTIONS: tuple[Section, ...] = ("progress", "schedule", "whatif", "cost", "site", "trust")
#: The parts of a project's health, in the order in which they are weighed.
PARTS = ("schedule", "cost", "quality", "supply", "customer")


@dataclass(frozen=True)
class Stage:
    """One cell of the ribbon, ready to read; `state` is passed, current, ahead, skipped or stopped."""

    name: str
    state: str
    when: str
    days: str
    wait: str


def finding(row: Row, language: str) -> str:
    """How the project stands against its plan: the finish it had, or the one it is expected to have."""
    name = row["project_name"]
    planned = row["planned_finish_on"]
    finished = row["accepted_on"] or row["finished_on"]
    if row["status_code"] == "cancelled":
        return say("project_cancelled", language, name=name)
    if finished and row["compression_share"] is not None and planned:
        return _done(row, (finished - planned).days, language)
    expected = row["finish_p80_on"]
    if not planned or not expected:
        return say("project_undated", language, name=name)
    late = (expected - planned).days
    key = "project_late" if late > 0 else "project_early"
    return say(key, language, name=name, days=abs(late), date=numbers.day(expected, language))


def _done(row: Row, late: int, language: str) -> str:
    values = {"name": row["project_name"], "days": abs(late)}
    if row["compression_share"] > 0:
        share = numbers.share(row["compression_share"])
        return say("project_compressed", language, share=share, **values)
    return say("project_done_late" if late > 0 else "project_done", language, **values)


def subtitle(row: Row, language: str) -> str:
    """Customer, type, region, manager, status, contract and how sure the finish is, in one line."""
    parts = (
        row["customer_name"] or row["customer_id"],
        code_label("project_type", row["type_code"], language) if row["type_code"] else None,
        code_label("region", row["region_code"], language) if row["region_code"] else None,
        row["city"],
        say("project_manager_is", language, id=row["manager_id"]) if row["manager_id"] else None,
        code_label("status", row["status_code"], language) if row["status_code"] else None,
        say(
            "project_contract_is",
            language,
            amount=numbers.money(row["contract_amount"], row["currency_code"], language),
        )
        if row["contract_amount"] is not None
        else None,
        _band(row, language),
    )
    return " · ".join(part for part in parts if part)


def _band(row: Row, language: str) -> str | None:
    if row["finish_p50_on"] is None or row["status_code"] == "cancelled":
        return None
    dates = {name: numbers.date(row[f"finish_{name}_on"]) for name in ("p10", "p50", "p90")}
    share = numbers.share(row["late_probability_share"])
    return say("project_band_is", language, share=share, **dates)


def tiles(
    row: Row, months: pl.DataFrame, figures: dict[str, Figure], doubt: Doubt, language: str
) -> list[Tile]:
    """Budget, share earned, SPI(t), CPI, estimate at completion, and health."""
    known = months.filter(pl.col("is_known")) if months.height else months
    is_doubtful = doubt.touches("project", "milestone")

    def figure_tile(figure_id: str, value: float | None, shown: str, **more: Any) -> Tile:
        return number_tile(
            figures.get(figure_id), figure_id, value, shown, language, is_doubtful=is_doubtful, **more
        )

    def index(figure_id: str, column: str) -> Tile:
        """An index with its difference to the target in two digits, as the index itself has them."""
        value = row[column]
        made = figure_tile(figure_id, value, numbers.decimal(value, 2), trend=_trend(known, column))
        if value is None or made.target is None:
            return made
        return replace(made, difference=numbers.difference(value - made.target, 2))

    currency = row["currency_code"] or ""
    return [
        figure_tile(
            "project_budget_at_completion",
            row["budget_at_completion_amount"],
            numbers.quantity(row["budget_at_completion_amount"], language),
            left=currency,
        ),
        figure_tile(
            "project_earned_share",
            row["earned_share"],
            numbers.share(row["earned_share"]),
            trend=_trend(known, "earned_share"),
            right=numbers.date(row["status_on"]),
        ),
        index("project_spi_t", "schedule_time_index"),
        index("project_cpi", "cost_performance_index"),
        figure_tile(
            "project_estimate_at_completion",
            row["estimate_at_completion_amount"],
            numbers.quantity(row["estimate_at_completion_amount"], language),
            trend=_trend(known, "estimate_at_completion_amount"),
            left=say("project_unstable", language) if row["is_estimate_unstable"] else currency,
        ),
        figure_tile(
            "project_health_score",
            row["health_score"],
            numbers.decimal(row["health_score"], 0),
            right=say("project_parts_known", language, n=row["part_count"]) if row["part_count"] else "",
        ),
    ]


def _trend(known: pl.DataFrame, column: str) -> list[float | None]:
    return known[column].to_list() if known.height else []


def stages(frame: pl.DataFrame, language: str) -> list[Stage]:
    """The ribbon: name, when it was entered, how long the team had it, how long it then waited."""
    return [_stage(row, language) for row in frame.iter_rows(named=True)]


def _stage(row: Row, language: str) -> Stage:
    days = row["stage_days"] if row["stage_days"] is not None else row["current_days"]
    return Stage(
        name=code_label("project_stage", row["stage_code"], language),
        state=row["state_code"],
        when=numbers.date(row["entered_on"])
        if row["entered_on"]
        else say(f"stage_state_{row['state_code']}", language),
        days=say("stage_days", language, days=numbers.decimal(days, 0)) if days is not None else "",
        wait=say("stage_wait", language, days=numbers.decimal(row["wait_days"]))
        if row["wait_days"] is not None
        else say(f"stage_state_{row['state_code']}", language)
        if row["entered_on"] and row["state_code"] != "passed"
        else "",
    )


def events(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """The trace as a table, codes as words."""
    return labelled(frame, {"stage_code": "project_stage", "team_code": "team"}, language).drop("event_no")


def value_lines(row: Row, figures: Mapping[str, Figure], language: str) -> list[FigureLine | str]:
    """Earned value and earned schedule, each a link to its passport."""
    lines = FigureLines(figures, language)

    def amount(figure_id: str, column: str) -> FigureLine:
        return lines.of(figure_id, row[column], numbers.quantity(row[column], language))

    def months(figure_id: str, column: str) -> FigureLine:
        shown = say("n_months", language, n=numbers.decimal(row[column], 2))
        return lines.of(
            figure_id, row[column], shown if row[column] is not None else numbers.NO_DATA, note=" "
        )

    def index(figure_id: str, column: str) -> FigureLine:
        return lines.of(figure_id, row[column], numbers.decimal(row[column], 2))

    found: list[FigureLine | str] = [
        say("project_value", language),
        amount("project_planned_value", "planned_amount"),
        amount("project_earned_value", "earned_amount"),
        amount("project_actual_cost", "actual_amount"),
        index("project_spi", "schedule_performance_index"),
        amount("project_schedule_variance", "schedule_variance_amount"),
        amount("project_cost_variance", "cost_variance_amount"),
        say("project_time", language),
        months("project_earned_schedule", "earned_schedule_months"),
        months("project_sv_t", "schedule_time_variance_months"),
        months("project_ieac_t", "estimated_duration_months"),
        index("project_tspi", "time_index_to_complete"),
    ]
    if row["compression_share"] is not None:
        found.append(
            lines.of(
                "schedule_compression_share",
                row["compression_share"],
                numbers.share(row["compression_share"]),
                note=say("days_against_plan", language, done=row["cycle_days"], planned=row["planned_days"]),
            )
        )
    return found


def health_parts(row: Row, language: str) -> list[Part]:
    """The parts of the health score; each brings its weight times its score."""
    scored = [
        Scored(
            name=say(f"health_part_{part}", language),
            weight=row[f"{part}_weight_share"],
            points=row[f"{part}_score"] * row[f"{part}_weight_share"]
            if row[f"{part}_score"] is not None and row[f"{part}_weight_share"]
            else None,
            note=numbers.decimal(row[f"{part}_score"], 0),
            figure_id=f"project_{part}_score",
        )
        for part in PARTS
    ]
    return steps(scored, say("part_missing", language))


def health_reasons(row: Row, language: str) -> list[str]:
    """Why the score is what it is, the weightiest first; and what overrides it."""
    reasons = [row[f"reason_{n}_{language}"] for n in (1, 2, 3)]
    told = [reason for reason in reasons if reason]
    if row["is_red_override"]:
        parts = say("list_comma", language).join(
            say(f"health_part_{part}", language) for part in (row["critical_parts"] or "").split(",") if part
        )
        told.append(say("health_override", language, parts=parts))
    return told


def complaint_line(row: Row, figures: Mapping[str, Figure], language: str) -> FigureLine:
    """Major complaints about the project."""
    return FigureLines(figures, language).of(
        "project_major_complaint_count",
        row["major_complaint_count"],
        numbers.count(row["major_complaint_count"], language),
    )
