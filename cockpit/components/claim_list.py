"""Claims beside what is measured, as one list; sand is the colour of claims of others."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from cockpit.components.tiles import passport_address
from cockpit.services.claims import Claim


def claim_list(claims: Sequence[Claim], measured_heading: str, claimed_heading: str) -> None:
    """One line a claim: words, measured with n, claimed; the measured value opens its passport."""
    lines = "".join(_line(claim) for claim in claims)
    st.html(
        f'<div class="claims"><div class="head"><span></span><span>{html.escape(measured_heading)}</span>'
        f"<span>{html.escape(claimed_heading)}</span></div>{lines}</div>"
    )


def _line(claim: Claim) -> str:
    escape = html.escape
    value = escape(claim.measured)
    if claim.figure_id and claim.note:
        value = f'<a href="{passport_address(claim.figure_id)}">{value}</a>'
    return (
        f"<div><span>{escape(claim.words)}</span><span><b>{value}</b><small>{escape(claim.note)}</small></span>"
        f'<span class="said">{escape(claim.claimed)}</span></div>'
    )
