"""A score as the sum of its parts: each begins where the one before ended, what is missing stays pale."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from cockpit.components.figure_list import named
from cockpit.services.parts import Part


def part_bars(parts: Sequence[Part], total: str, total_name: str) -> None:
    """The parts as steps up to the score, with the score beneath."""
    rows = "".join(_row(part) for part in parts)
    name, score = html.escape(total_name), html.escape(total)
    foot = f'<div class="part total"><span>{name}</span><i></i><b>{score}</b><small></small></div>'
    st.html(f'<div class="parts">{rows}{foot}</div>')


def _row(part: Part) -> str:
    if part.points is None:
        bar = '<i class="none"></i>'
    else:
        bar = (
            f'<i><u class="most" style="left:{part.start:.1f}%;width:{part.most:.1f}%"></u>'
            f'<u class="got" style="left:{part.start:.1f}%;width:{part.points:.1f}%"></u></i>'
        )
    return (
        f'<div class="part">{named(part.name, part.figure_id)}{bar}'
        f"<b>{html.escape(part.shown)}</b><small>{html.escape(part.note)}</small></div>"
    )
