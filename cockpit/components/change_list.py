"""What changed, one line a thing, each leading to where it stands."""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from cockpit.components.tiles import MARKS
from cockpit.services import numbers
from cockpit.services.changes import Change


def change_list(changes: Sequence[Change], currency_code: str | None, language: str) -> None:
    """The lines in the order given, with what hangs on each at the right."""
    st.html(f'<div class="changes">{"".join(_line(each, currency_code, language) for each in changes)}</div>')


def _line(change: Change, currency_code: str | None, language: str) -> str:
    mark = f'<i class="{change.standing}">{MARKS[change.standing]}</i>' if change.standing else "<i>◆</i>"
    value = numbers.money(change.value_amount, currency_code, language) if change.value_amount else ""
    address = f"{change.page}?{urlencode(change.parameters)}"
    title = html.escape(change.title)
    return (
        f'<a href="{html.escape(address, quote=True)}" target="_self">{mark}<span><b>{title}</b>'
        f"<small>{html.escape(change.told)}</small></span><em>{html.escape(value)}</em></a>"
    )
