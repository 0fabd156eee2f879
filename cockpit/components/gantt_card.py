"""What stands in a Gantt card: legend, figure, and on a phone the worst as cards."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from urllib.parse import quote

import streamlit as st

from cockpit.components.gantt import GanttWords, gantt_figure
from cockpit.components.gantt_dense import dense_figure, dense_names
from cockpit.components.markup import markup
from cockpit.services.gantt import GanttRow
from cockpit.shell.session import View
from cockpit.theme.plotly_template import CHART_CONFIG

PHONE_ROWS = 10
DENSE_HEIGHT = 520
#: The widths of the names and of the bars beside them.
DENSE_WIDTHS = (0.24, 0.76)


def gantt_words(view: View) -> GanttWords:
    """What legend and hover text say."""
    return GanttWords(
        plan=view.say("legend_plan"),
        actual=view.say("legend_actual"),
        forecast=view.say("legend_forecast"),
        band=view.say("legend_band"),
        today=view.say("legend_today"),
        planner=view.say("legend_planner"),
        critical=view.say("legend_critical"),
    )


def gantt_legend(words: GanttWords, rows: Sequence[GanttRow], *, has_planner: bool = True) -> None:
    """The marks that these rows need, with their names."""
    marks = ["plan", "actual", "forecast", "band", "today"]
    if any(row.is_critical for row in rows):
        marks.insert(1, "critical")
    if has_planner and any(row.planner_finish_on for row in rows):
        marks.append("planner")
    legend = "".join(
        f'<span><u class="{mark}"></u>{html.escape(getattr(words, mark))}</span>' for mark in marks
    )
    st.html(f'<div class="legend">{legend}</div>')


def gantt_body(view: View, rows: Sequence[GanttRow], key: str, links: Sequence[tuple[str, str]] = ()) -> None:
    """Legend and figure; a narrow screen gets the ten worst as cards instead.

    `links` are keys of rows, the second waiting for the first.
    """
    as_of_on = view.reader.publication.as_of_on
    words = gantt_words(view)
    gantt_legend(words, rows)
    st.plotly_chart(
        gantt_figure(rows, as_of_on, view.mode, words, view.language, links),
        theme=None,
        config=CHART_CONFIG,
        key=key,
        alt=words.plan,
    )
    phone_cards(view, rows, key)


def dense_body(
    view: View,
    groups: Sequence[tuple[str, Sequence[GanttRow]]],
    key: str,
    window: tuple[dt.date, dt.date] | None,
    links: Sequence[tuple[str, str]],
) -> None:
    """Legend and thin bars project by project, in a frame of their own to scroll in; cards on a phone."""
    rows = [row for _, part in groups for row in part]
    as_of_on = view.reader.publication.as_of_on
    words = gantt_words(view)
    gantt_legend(words, rows, has_planner=False)
    with st.container(height=DENSE_HEIGHT, border=False, key=f"{key}_frame"):
        names, bars = st.columns(DENSE_WIDTHS, gap=None)
        names.html(dense_names(groups))
        bars.plotly_chart(
            dense_figure(groups, as_of_on, view.mode, words, view.language, window, links),
            theme=None,
            config=CHART_CONFIG,
            key=key,
            alt=words.plan,
        )
    phone_cards(view, rows, key)


def phone_cards(view: View, rows: Sequence[GanttRow], key: str) -> None:
    """The ten worst as cards, which the style sheet shows on narrow screens only."""
    as_of_on = view.reader.publication.as_of_on
    worst = sorted(rows, key=lambda row: -(row.late_days if row.late_days is not None else -9_999))
    cards = "".join(_phone_card(row, as_of_on, view) for row in worst[:PHONE_ROWS])
    markup(f'<div class="worst">{cards}</div>', f"{key}_phone")


def _phone_card(row: GanttRow, as_of_on: dt.date, view: View) -> str:
    days = html.escape(view.say("unit_days"))
    detail = f"<small>{html.escape(row.detail)}</small>" if row.detail else ""
    return (
        f'<div class="wcard"><div class="whead"><div><b>{html.escape(row.label)}</b>{detail}</div>'
        f'<div class="wdays {row.standing or ""}">{row.late_text} <small>{days}</small>'
        f"</div></div>{mini_bars(row, as_of_on)}{_project_link(row, view)}</div>"
    )


def _project_link(row: GanttRow, view: View) -> str:
    if not row.project_id:
        return ""
    address = f"projects?project={quote(row.project_id, safe='')}"
    words = html.escape(view.say("open_project_link"))
    return f'<a class="wlink" href="{address}" target="_self">{words}</a>'


def mini_bars(row: GanttRow, as_of_on: dt.date) -> str:
    """Plan, actual, forecast and band of one row as a thin drawing."""
    dates = [
        row.planned_start_on,
        row.planned_finish_on,
        row.started_on,
        row.finished_on,
        row.finish_p90_on,
        as_of_on,
    ]
    known = [date for date in dates if date]
    low, span = min(known), max(1, (max(known) - min(known)).days)

    def bar(start: dt.date | None, end: dt.date | None, y: int, height: int, kind: str) -> str:
        if not start or not end or end <= start:
            return ""
        x = (start - low).days / span * 330
        width = (end - start).days / span * 330
        return (
            f'<rect class="{kind}" x="{x:.0f}" y="{y}" width="{width:.0f}" height="{height}" rx="2"></rect>'
        )

    until = row.finished_on or as_of_on
    bars = (
        bar(row.planned_start_on or row.started_on, row.planned_finish_on, 16, 5, "plan")
        + bar(
            max(row.finish_p10_on, as_of_on) if row.finish_p10_on else None, row.finish_p90_on, 0, 15, "band"
        )
        + bar(as_of_on, row.finish_p50_on, 4, 8, "forecast")
        + bar(row.started_on, until, 4, 8, "actual")
    )
    return f'<svg viewBox="0 0 330 26" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>'
