"""Horizontal bars as HTML: a label, a bar, a value, and a smaller note at the end."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from cockpit.components.tiles import MARKS, passport_address
from cockpit.services.figures import Standing


@dataclass(frozen=True)
class Bar:
    """One bar: `part` is its length, 0–1; its label opens the passport of `figure_id`."""

    label: str
    part: float
    value: str
    note: str = ""
    standing: Standing | None = None
    figure_id: str = ""


def bar_list(
    bars: Sequence[Bar],
    *,
    target: float | None = None,
    is_tracked: bool = False,
    room: Literal["", "label", "note"] = "",
) -> None:
    """Bars under each other; tracked ones show the whole behind them, `target` (0–1) a thin mark.

    `room` gives long labels or long notes more of the width.
    """
    mark = f'<i class="target" style="left:{target * 100:.1f}%"></i>' if target is not None else ""
    rows = "".join(_row(bar, mark, is_tracked) for bar in bars)
    st.html(f'<div class="bars{f" long-{room}" if room else ""}">{rows}</div>')


def _row(bar: Bar, mark: str, is_tracked: bool) -> str:
    width = max(0.0, min(1.0, bar.part)) * 100
    track = " track" if is_tracked else ""
    sign = f'<b class="{bar.standing}">{MARKS[bar.standing]}</b> ' if bar.standing else ""
    label, title = html.escape(bar.label), html.escape(bar.label, quote=True)
    if bar.figure_id:
        label = f'<a href="{passport_address(bar.figure_id)}" target="_self">{label}</a>'
    return (
        f'<div class="bar-row"><span class="bar-label" title="{title}">{label}</span>'
        f'<span class="bar{track}"><i class="fill" style="width:{width:.1f}%"></i>{mark}</span>'
        f'<span class="bar-value">{sign}{html.escape(bar.value)}</span>'
        f'<span class="bar-note">{html.escape(bar.note)}</span></div>'
    )
