"""The model card of one question: what is published and why, how it was tried, beside what, its limits."""

from __future__ import annotations

import html

import streamlit as st

from cockpit.components.cards import card
from cockpit.components.tables import data_table
from cockpit.repositories import forecasts
from cockpit.services.model_cards import PRECISE, SHARES, ModelCard, model_card
from cockpit.shell.session import View

_MARKS = {True: ("good", "●"), False: ("watch", "▲"), None: ("", "○")}


def model_card_of(view: View, question: str) -> ModelCard:
    """The card's data, read from the publication."""
    return model_card(
        question,
        forecasts.card(view.reader, question),
        forecasts.backtest(view.reader, question),
        view.language,
    )


def show_model_card(view: View, question: str) -> None:
    """The card; before the first training it says what is published instead."""
    told = model_card_of(view, question)
    kind, mark = _MARKS[told.is_shipped]
    with card(f"model_{question}", view.say("ask_model"), view.say("model_card_note")):
        st.html(f'<p class="verdict {kind}"><i>{mark}</i>{html.escape(told.verdict)}</p>')
        left, right = st.columns([1, 1], gap="medium")
        with left:
            _lines(told)
            st.html("".join(f'<div class="foot">{html.escape(limit)}</div>' for limit in told.limits))
        with right:
            if told.measures.height:
                data_table(
                    view, told.measures, f"forecasts_{question}_record", shares=SHARES, precise=PRECISE
                )


def _lines(told: ModelCard) -> None:
    if told.lines:
        cells = "".join(
            f"<dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd>" for label, value in told.lines
        )
        st.html(f'<dl class="about">{cells}</dl>')
