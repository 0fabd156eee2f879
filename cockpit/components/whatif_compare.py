"""Scenarios of a project side by side: a column each, what it changes and what it brings, and its nodes."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import streamlit as st

from cockpit.services import numbers
from cockpit.services.whatif import Outcome, Project, scenario_words
from cockpit.shell.session import View


def compare_table(view: View, project: Project, base: Outcome, outcomes: Sequence[Outcome]) -> None:
    """The table; days against now stand beside each date, later ones marked."""
    columns = [base, *outcomes]
    heads = [view.say("scenario_now"), *(each.scenario.scenario_id for each in outcomes)]
    rows: list[tuple[str, Callable[[Outcome], str]]] = [
        ("what_changes", lambda each: _changes(view, project, each, base)),
        ("finish_p50", lambda each: _date(view, each, "p50", base)),
        ("finish_p80", lambda each: _date(view, each, "p80", base)),
        ("nodes_moved", lambda each: "–" if each is base else str(each.moved_count)),
        ("recovered", lambda each: _recovered(view, each)),
        ("extra_cost", lambda each: _cost(view, each, base)),
    ]
    if all(each.recovered_days is None for each in outcomes):
        rows = [row for row in rows if row[0] != "recovered"]
    head = "".join(f"<th>{html.escape(each)}</th>" for each in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(view.say(f"compare_{key}"))}</th>'
        + "".join(f"<td>{cell(each)}</td>" for each in columns)
        + "</tr>"
        for key, cell in rows
    )
    st.html(
        '<div class="compare-room" tabindex="0"><table class="compare">'
        f"<thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _changes(view: View, project: Project, each: Outcome, base: Outcome) -> str:
    if each is base:
        return f"<small>{html.escape(view.say('scenario_now_is'))}</small>"
    lines = scenario_words(each.scenario, project, view.language)
    return "".join(f"<small>{html.escape(line)}</small>" for line in lines)


def _date(view: View, each: Outcome, quantile: str, base: Outcome) -> str:
    on = each.finish_p50_on if quantile == "p50" else each.finish_p80_on
    days = each.shift_p50_days if quantile == "p50" else each.shift_p80_days
    if on is None:
        told = view.say("no_finish") if each.cycle_text is None else view.say("circle", text=each.cycle_text)
        return f'<small class="bad">{html.escape(told)}</small>'
    shown = f"<b>{numbers.date(on)}</b>"
    if each is base or days is None:
        return shown
    mark, standing = ("■", "bad") if days > 0 else ("●", "good") if days < 0 else ("", "")
    told = view.say("days_short", n=numbers.difference(days, 0))
    return f'{shown}<small class="{standing}">{mark} {html.escape(told)}</small>'


def _recovered(view: View, each: Outcome) -> str:
    if each.recovered_days is None:
        return "–"
    return f"<b>{html.escape(view.say('days_short', n=numbers.decimal(each.recovered_days, 0)))}</b>"


def _cost(view: View, each: Outcome, base: Outcome) -> str:
    if each is base or each.cost_amount is None:
        return "–"
    return html.escape(numbers.money(each.cost_amount, each.currency_code, view.language))
