"""The portfolio: one model of nodes for Gantt and board, one filter for both, and the list of projects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from cockpit.services.gantt import GanttRow, milestone_row, node_row
from cockpit.services.labels import filled, labelled
from cockpit.services.words import code_label

Sight = Literal["worst", "all", "board"]
SIGHTS: tuple[Sight, ...] = ("worst", "all", "board")
Span = Literal["all", "year", "quarter"]
SPANS: tuple[Span, ...] = ("all", "year", "quarter")
_DAYS = {"year": 365, "quarter": 91}
#: More bars than these are a wall, not a picture; the note says how many there are.
MAX_BARS = 1_000


@dataclass(frozen=True)
class Column:
    """One column of the board: a stage and its nodes, the latest first."""

    code: str
    name: str
    rows: Sequence[GanttRow]


def rows_of(nodes: pl.DataFrame, limit: int = MAX_BARS) -> list[GanttRow]:
    """The bars of the nodes, in their order."""
    return [milestone_row(row) for row in nodes.head(limit).iter_rows(named=True)]


def groups(nodes: pl.DataFrame, language: str, limit: int = MAX_BARS) -> list[tuple[str, list[GanttRow]]]:
    """The nodes project by project, the project with the latest node first, in the order of each plan."""
    shown = nodes.head(limit).with_row_index("_place")
    order = shown.sort(
        pl.col("_place").min().over("project_id"),
        pl.col("sequence_no").fill_null(10**6),
        pl.col("_place"),
    )
    found: list[tuple[str, list[GanttRow]]] = []
    for part in order.partition_by("project_id", maintain_order=True):
        name = part["project_name"][0] or part["project_id"][0]
        found.append((name, [node_row(row, language) for row in part.iter_rows(named=True)]))
    return found


def board(nodes: pl.DataFrame, language: str) -> list[Column]:
    """The same nodes by stage, the stages in the order in which projects pass them."""
    if nodes.is_empty():
        return []
    order = (
        nodes.group_by(pl.col("phase_code").fill_null(""))
        .agg(pl.col("sequence_no").mean().alias("place"))
        .sort("place", "phase_code", nulls_last=True)
    )
    parts = nodes.with_columns(pl.col("phase_code").fill_null("")).partition_by("phase_code", as_dict=True)
    return [
        Column(
            code,
            code_label("phase", code, language),
            [milestone_row(row) for row in parts[(code,)].iter_rows(named=True)],
        )
        for code in order["phase_code"]
    ]


def window(span: Span, as_of_on: dt.date) -> tuple[dt.date, dt.date] | None:
    """The stretch of time a zoom shows, a third of it behind the business date; None is all of it."""
    if span == "all":
        return None
    days = _DAYS[span]
    return as_of_on - dt.timedelta(days=days // 3), as_of_on + dt.timedelta(days=days - days // 3)


def of_region(nodes: pl.DataFrame, region: str | None) -> pl.DataFrame:
    """The nodes of one region; of all without one."""
    return nodes.filter(pl.col("region_code") == region) if region else nodes


def project_list(projects: pl.DataFrame, words: str, region: str | None) -> pl.DataFrame:
    """The projects of a region whose names hold all the words."""
    found = of_region(projects, region)
    haystack = pl.concat_str(
        [
            pl.col(name).fill_null("")
            for name in ("project_name", "project_id", "customer_name", "manager_id")
        ],
        separator=" ",
    ).str.to_lowercase()
    for word in words.lower().split():
        found = found.filter(haystack.str.contains(word, literal=True))
    return found


def project_table(projects: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the list of projects, codes as words, those without any value left out."""
    shown = projects.select(
        "project_name", "stage_code", "status_code", "health_score", "overdue_count",
        "worst_days_late", "schedule_time_index", "cost_performance_index", "earned_share",
        "contract_amount", "planned_finish_on", "finish_p80_on", "finished_on", "manager_id", "region_code",
    )  # fmt: skip
    kinds = {"stage_code": "project_stage", "status_code": "status", "region_code": "region"}
    return filled(labelled(shown, kinds, language), "project_name")
