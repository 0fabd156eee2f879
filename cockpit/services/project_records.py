"""The records behind a project as tables and lines: nodes, money, schedule checks, promises, devices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from actions.reasons import REASON_CODES, reason_label
from cockpit.services import numbers
from cockpit.services.figure_lines import FigureLine, FigureLines
from cockpit.services.figures import Figure
from cockpit.services.labels import labelled
from cockpit.services.words import code_label, say

Row = Mapping[str, Any]
#: The way of a project's money; each is the column `<step>_amount` and the figure `project_<step>_amount`.
CASH_STEPS = ("budget", "committed", "actual", "invoiced", "collected", "overdue")
DEVICE_STATES = ("ordered", "delivered", "installed", "in_service", "retired")


def nodes(frame: pl.DataFrame) -> pl.DataFrame:
    """The network as a table: owner, dates, what it waits for, float and threshold."""
    wanted = (
        "name", "owner_id", "planned_start_on", "planned_finish_on", "expected_finish_on",
        "days_late", "predecessor_text", "is_critical", "total_float_days", "threshold_days",
    )  # fmt: skip
    return frame.select([*wanted, *(["is_pending"] if "is_pending" in frame.columns else [])])


def cash_lines(row: Row, figures: Mapping[str, Figure], language: str) -> list[FigureLine | str]:
    """Margin to come and how much of the cost is traced."""
    lines = FigureLines(figures, language)
    retained = say("retention_due", language, date=numbers.date(row["retention_due_on"]))
    return [
        lines.of(
            "margin_forecast_amount",
            row["margin_forecast_amount"],
            numbers.quantity(row["margin_forecast_amount"], language),
            note=numbers.share(row["margin_forecast_share"]),
        ),
        lines.of(
            "traced_expense_share",
            row["traced_expense_share"],
            numbers.share(row["traced_expense_share"]),
            note=say("n_is", language, n=numbers.count(row["expense_count"], language)),
        ),
        lines.of(
            "untraced_expense_amount",
            row["untraced_amount"],
            numbers.quantity(row["untraced_amount"], language),
        ),
        FigureLine(
            say("retention", language),
            numbers.quantity(row["retention_amount"], language),
            retained if row["retention_due_on"] else "",
        ),
    ]


def checks(frame: pl.DataFrame, language: str) -> list[FigureLine]:
    """The fourteen checks: value against threshold, decisive ones marked when they fail."""
    return [_check(row, language) for row in frame.iter_rows(named=True)]


def _check(row: Row, language: str) -> FigureLine:
    def shown(value: float | None) -> str:
        if row["unit"] == "share":
            return numbers.share(value)
        return numbers.decimal(value, 2 if row["unit"] == "index" else 0)

    against = {"at_most": "≤", "at_least": "≥"}.get(row["comparison_code"])
    note = f"{against} {shown(row['threshold'])}" if against else say("check_reported", language)
    stands = {True: "good", False: "bad" if row["is_decisive"] else "watch"}.get(row["is_passed"])
    return FigureLine(
        name=f"{row['check_no']}  {code_label('schedule_check', row['check_code'], language)}",
        value=shown(row["value"]),
        note=note,
        standing=stands,
        figure_id="schedule_check_value",
        formula=row["threshold_source"] or "",
    )


def trust_verdict(frame: pl.DataFrame, language: str) -> str:
    """Whether the schedule can be trusted, and which decisive checks speak against it."""
    if frame.is_empty():
        return say("schedule_unjudged", language)
    first = frame.row(0, named=True)
    if first["is_schedule_trusted"] is None:
        return say("schedule_unjudged", language)
    if first["is_schedule_trusted"]:
        return say("schedule_trusted", language)
    failed = say("list_comma", language).join(
        code_label("schedule_check", code, language) for code in first["failed_checks"].split(",") if code
    )
    return say("schedule_untrusted", language, checks=failed)


def promises(moves: pl.DataFrame) -> pl.DataFrame:
    """One row a promise: first and final date, the moves between and their sum, the most moved on top."""
    return (
        moves.group_by("promise_id")
        .agg(
            pl.col("subject_code").first(),
            pl.coalesce("milestone_name", "subject_id").first().alias("subject_name"),
            pl.col("field_code").first(),
            pl.col("first_on").first(),
            pl.col("final_on").first(),
            pl.col("moved_days").sum().alias("moved_days"),
            pl.len().alias("move_count"),
        )
        .sort("moved_days", "promise_id", descending=[True, False])
    )


def promise_table(moves: pl.DataFrame, language: str) -> pl.DataFrame:
    """The promises with codes as words."""
    kinds = {"subject_code": "promise_subject", "field_code": "promise_field"}
    return labelled(promises(moves).drop("promise_id"), kinds, language)


def condition_lines(conditions: pl.DataFrame, language: str) -> list[FigureLine]:
    """The newest value of each metric, and the span of the last 24 hours."""
    return [
        FigureLine(
            code_label("metric", row["metric_code"], language),
            numbers.decimal(row["value_last"]),
            say(
                "condition_span",
                language,
                low=numbers.decimal(row["value_min_24h"]),
                high=numbers.decimal(row["value_max_24h"]),
            )
            if row["value_min_24h"] is not None
            else numbers.moment(row["last_read_at"]),
        )
        for row in conditions.iter_rows(named=True)
    ]


def ledger(moves: pl.DataFrame, language: str) -> pl.DataFrame:
    """Each move as a row of a table: who moved what, when, from when to when, and why."""
    reasons = {code: _reason(code, language) for code in moves["reason_code"].drop_nulls().unique()}
    told = moves.with_columns(
        pl.coalesce("milestone_name", "subject_id").alias("subject_name"),
        pl.coalesce("moved_by", "supplier_id").alias("moved_by"),
        pl.col("reason_code").replace_strict(reasons, default=None, return_dtype=pl.String),
    )
    kinds = {"subject_code": "promise_subject", "field_code": "promise_field"}
    return labelled(told, kinds, language).select(
        "moved_on", "subject_code", "subject_name", "field_code", "moved_by", "from_on", "to_on",
        "moved_days", "reason_code", "reason",
    )  # fmt: skip


def _reason(code: str, language: str) -> str:
    if code in REASON_CODES:
        return reason_label(code, language)
    return code_label("move_reason", code, language)


def devices_by_state(devices: pl.DataFrame) -> dict[str, int]:
    """Units by state, in the order in which a device passes them; states without any left out."""
    sums = devices.group_by("state_code").agg(pl.col("unit_count").sum())
    counted = dict(sums.iter_rows())
    known = [state for state in DEVICE_STATES if counted.get(state)]
    return {state: int(counted[state]) for state in [*known, *sorted(counted.keys() - set(DEVICE_STATES))]}


def device_table(devices: pl.DataFrame, language: str) -> pl.DataFrame:
    """The bill of devices with codes as words."""
    table = devices.drop("project_device_id", "production_order_id")
    return labelled(table, {"state_code": "device", "kind_code": "device_kind"}, language)


def cost_table(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """Work orders with their cost."""
    return labelled(frame, {"work_order_kind_code": "work"}, language)


def expense_table(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """The expenses of a work order with codes as words."""
    kinds = {"cost_code": "cost", "status_code": "expense", "trace_code": "trace"}
    return labelled(frame, kinds, language)


def last_photo(days: pl.DataFrame) -> tuple[str, dt.datetime] | None:
    """The path of the site's newest photo among the attachments, and when it was taken."""
    known = days.drop_nulls("last_photo_path")
    if known.is_empty():
        return None
    row = known.row(-1, named=True)
    return row["last_photo_path"], row["last_photo_at"]
