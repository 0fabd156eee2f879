"""The 30-day warnings: each model that is short for a peak, its item, and a purchase proposed against it."""

from __future__ import annotations

import html
from decimal import Decimal
from urllib.parse import quote

import polars as pl
import streamlit as st

from actions.errors import StoreUnavailableError
from actions.items import ItemBook
from actions.kinds.approvals import approval_of
from actions.records import Action, step_of
from cockpit.components.cards import card, no_data
from cockpit.components.facts import facts, passports
from cockpit.components.tables import data_table
from cockpit.repositories import supply
from cockpit.repositories.decisions import decisions
from cockpit.services import numbers
from cockpit.services import stock_warnings as words_of
from cockpit.services.figures import Figure
from cockpit.services.items import step_words
from cockpit.services.steps import Form, Said, Seen, take
from cockpit.services.words import as_label, code_label
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write, names, open_book, tell, write_bar

SHOWN = 8
CHOICE = "warning_product"
_FORM = "warning_form"
_VERB = "propose_purchase"


def warning_card(view: View, figures: dict[str, Figure]) -> None:
    """The card: short models first, all coming peaks below, the warning's own record at the foot."""
    peaks = supply.peaks_ahead(view.reader)
    record = supply.warning_record(view.reader).row(0, named=True)
    with card("warnings", view.say("ask_warnings"), words_of.note(peaks, view.language)):
        short = words_of.short(peaks)
        if words_of.told(peaks).is_empty():
            no_data(view.say("no_warnings"), view.say("no_warnings_why" if peaks.height else "fill_warnings"))
        elif short.is_empty():
            no_data(view.say("all_covered"), view.say("all_covered_why"))
        else:
            book = open_book(view)
            st.html("".join(_line(view, row, book) for row in short.head(SHOWN).iter_rows(named=True)))
            _propose(view, short)
        if peaks.height:
            with st.expander(view.say("all_peaks")):
                data_table(
                    view,
                    words_of.warning_table(peaks, view.language),
                    "supply_warnings",
                    amounts=words_of.WARNING_AMOUNTS,
                )
        facts(words_of.record_facts(record, view.language))
        shown = ("stock_warning_short_quantity", "peak_warned_share", "peak_false_alarm_share")
        passports(figures, shown, view.language)


def _line(view: View, row: dict, book: ItemBook) -> str:
    item = words_of.item_of(book, row["product_id"])
    missing = view.say("gap_short", n=numbers.quantity(row["quantity_short"], view.language))
    link = (
        f'<a class="wlink" href="actions?item={quote(item.item_id, safe="")}" target="_self">'
        f"{html.escape(view.say('open_action'))} →</a>"
        if item is not None
        else ""
    )
    return (
        f'<div class="ask"><b>{html.escape(row["product_name"])} · ■ {html.escape(missing)}</b>'
        f"<small>{html.escape(words_of.warning_words(row, view.language))}</small>"
        f"<small>{html.escape(words_of.order_words(row, view.language))}</small>{link}</div>"
    )


def _propose(view: View, short: pl.DataFrame) -> None:
    """A quantity of one of the short models, stored against what was proposed before."""
    tell(view)
    is_open = may_write(view)
    rows = {row["product_id"]: row for row in short.iter_rows(named=True)}
    chosen = st.selectbox(
        view.say("propose_for"),
        list(rows),
        format_func=lambda key: as_label(rows[key]["product_name"]),
        key=CHOICE,
    )
    row = rows[chosen]
    try:
        history = decisions(view.settings).history("proposal", words_of.subject_of(row))
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return
    _proposed(view, history)
    if is_open:
        _form(view, row, history)
    else:
        write_bar(view)


def _proposed(view: View, history: list[Action]) -> None:
    """What was proposed last, by whom, and how it stands."""
    steps = [step_of(each) for each in history]
    state = approval_of(steps)
    if state == "none":
        return
    last = next(each for each in reversed(history) if each.kind_code == _VERB)
    told = step_words(last.payload, names(view))
    st.caption(f"{as_label(told)} · {as_label(last.done_by)} · {view.say(f'approval_{state}')}")


def _form(view: View, row: dict, history: list[Action]) -> None:
    version = history[-1].version if history else 0
    seen = Seen(words_of.subject_of(row), version, view.reader.publication.name, "proposal")
    form: Form | None = st.session_state.get(_FORM)
    if form is None or form.seen != seen:
        form = Form(seen, _VERB)
        st.session_state[_FORM] = form
    limit = supply.purchase_limit(view.reader)
    unit = code_label("unit", row["unit_code"], view.language) if row["unit_code"] else ""
    with st.form(f"warning_{form.action_id}", border=False):
        quantity = st.number_input(
            view.say("propose_quantity", unit=unit).strip(),
            min_value=0.0,
            value=float(row["quantity_short"]),
            step=1.0,
            format="%.1f",
            key=f"warning_quantity_{form.action_id}",
        )
        why = st.text_input(view.say("reason"), key=f"warning_why_{form.action_id}", max_chars=500)
        is_sent = st.form_submit_button(view.say("propose_purchase"), type="primary", key="warning_propose")
    if is_sent:
        wish = words_of.Wish(
            Decimal(str(quantity)), None if limit is None else Decimal(str(limit)).quantize(Decimal("0.01"))
        )
        _store(view, row, form, wish, why)


def _store(view: View, row: dict, form: Form, wish: words_of.Wish, why: str) -> None:
    payload = words_of.purchase(row, wish)
    done = "done_purchase_approval" if payload.needs_approval() else "done_purchase"
    attempt(
        view,
        lambda: take(
            decisions(view.settings), form.seen, payload, Said(view.who, reason=why), form.action_id
        ),
        view.say(done, value=payload.value()),
        (form.seen, payload),
    )
    st.rerun()
