"""The seven stages of a project side by side: passed, current, ahead, with their days and waits."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from cockpit.services.project import Stage


def stage_ribbon(stages: Sequence[Stage]) -> None:
    """One cell a stage; the state is said in words, never by the colour alone."""
    cells = "".join(
        f'<li class="{stage.state}"><b>{html.escape(stage.name)}</b><span>{html.escape(stage.when)}</span>'
        f"<small>{html.escape(stage.days)}</small><small>{html.escape(stage.wait)}</small></li>"
        for stage in stages
    )
    st.html(f'<ol class="ribbon">{cells}</ol>')
