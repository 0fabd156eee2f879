"""Milestones as the projects page shows them: tiles, finding, filter, rows of the table."""

from __future__ import annotations

from typing import Literal

import polars as pl

from actions.reasons import reason_label
from cockpit.services import numbers
from cockpit.services.figures import Figure
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import code_label, say

Scope = Literal["late", "open", "finished"]
SCOPES: tuple[Scope, ...] = ("late", "open", "finished")


def finding(counts: dict, open_milestones: pl.DataFrame, language: str) -> str:
    """The page's title: how many are past their plan and which is the worst."""
    if not counts["milestone_count"]:
        return say("projects_none", language)
    overdue = open_milestones.filter(pl.col("is_overdue"))
    if overdue.is_empty():
        return say("projects_all_in_time", language, open=numbers.count(counts["open_count"], language))
    worst = overdue.sort("days_late", descending=True).row(0, named=True)
    return say(
        "projects_finding",
        language,
        overdue=numbers.count(counts["overdue_count"], language),
        open=numbers.count(counts["open_count"], language),
        worst=worst["project_name"] or worst["project_id"],
        days=numbers.count(worst["days_late"], language),
    )


def tiles(
    counts: dict,
    months: pl.DataFrame,
    open_milestones: pl.DataFrame,
    figures: dict[str, Figure],
    doubt: Doubt,
    language: str,
) -> list[Tile]:
    """On time, started, overdue, over their threshold, without a valid date, re-planned."""
    is_doubtful = doubt.touches("milestone")
    year = months.tail(12)
    has_any = bool(counts["milestone_count"])

    def plain(key: str, value: int | None, right: str = "", left: str = "") -> Tile:
        known = value if has_any else None
        return number_tile(
            None,
            say(key, language),
            known,
            numbers.count(known, language),
            language,
            left=left if has_any else "",
            right=right,
            is_doubtful=is_doubtful,
        )

    in_all = say("of_n", language, n=numbers.count(counts["milestone_count"], language))
    of_open = say("of_open_all", language, n=numbers.count(counts["open_count"], language))
    median_p80 = (
        open_milestones["delay_p80_days"].drop_nulls().median() if not open_milestones.is_empty() else None
    )
    figure = figures.get("milestone_delay_p80_days")
    return [
        share_tile(
            figures.get("milestone_on_time_share"),
            say("tile_milestones_on_time", language),
            float(year["milestone_on_time_count"].sum()),
            float(year["milestone_due_count"].sum()),
            language,
            trend=[
                p / w if w else None
                for p, w in zip(months["milestone_on_time_count"], months["milestone_due_count"], strict=True)
            ],
            is_doubtful=is_doubtful,
        ),
        plain("tile_started", counts["started_count"], in_all),
        plain("tile_finished", counts["finished_count"], in_all),
        plain(
            "tile_overdue_open",
            counts["overdue_count"],
            of_open,
            say("overdue_started", language, n=numbers.count(counts["overdue_started_count"], language)),
        ),
        plain("tile_over_threshold", counts["over_threshold_count"], in_all),
        number_tile(
            figure,
            say("tile_delay_p80", language),
            median_p80,
            f"{numbers.decimal(median_p80, 0)}",
            language,
            right=say("median_open", language, n=numbers.count(len(open_milestones), language)),
            is_doubtful=is_doubtful,
        ),
    ]


def filtered(
    open_milestones: pl.DataFrame, finished: pl.DataFrame, scope: Scope, phase: str | None, words: str
) -> pl.DataFrame:
    """The milestones of a scope, of one phase if given, whose names hold all the words."""
    frame = finished if scope == "finished" else open_milestones
    if scope == "late":
        frame = frame.filter(pl.col("is_overdue"))
    if phase:
        frame = frame.filter(pl.col("phase_code") == phase)
    haystack = pl.concat_str(
        [
            pl.col(name).fill_null("")
            for name in ("project_name", "project_id", "name", "milestone_id", "owner_id")
        ],
        separator=" ",
    ).str.to_lowercase()
    for word in words.lower().split():
        frame = frame.filter(haystack.str.contains(word, literal=True))
    return frame


def table(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the table, in order, with codes as words."""
    wanted = [
        "project_name",
        "name",
        "phase_code",
        "planned_finish_on",
        "forecast_finish_on",
        "finish_p50_on",
        "finish_p80_on",
        "finished_on",
        "days_late",
        "state_code",
        "forecast_changed_by",
        "forecast_reason",
        "is_pending",
    ]
    kept = frame.select([name for name in wanted if name in frame.columns])
    for name, kind in (("phase_code", "phase"), ("state_code", "state")):
        codes = {code: code_label(kind, code, language) for code in kept[name].drop_nulls().unique()}
        kept = kept.with_columns(pl.col(name).replace_strict(codes, default=None, return_dtype=pl.String))
    if "forecast_reason" in kept.columns:
        reasons = {
            code: reason_label(code, language) for code in kept["forecast_reason"].drop_nulls().unique()
        }
        kept = kept.with_columns(
            pl.col("forecast_reason").replace_strict(reasons, default=None, return_dtype=pl.String)
        )
    return kept


def option_label(row: dict, language: str) -> str:
    """How a milestone reads in the list of choices."""
    late = say("days_late", language, days=numbers.days_late(row["days_late"])) if row["days_late"] else ""
    return " · ".join(
        filter(None, [row["project_name"] or row["project_id"], row["name"] or row["milestone_id"], late])
    )
