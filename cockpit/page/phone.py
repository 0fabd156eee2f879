"""On site: the ten nodes furthest behind, stepping in by one tap, and progress with a photo."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from actions.errors import StoreUnavailableError
from actions.items import Item, ItemBook
from actions.kinds import AssignItem
from cockpit.components.cards import no_data, page_head
from cockpit.components.comments_card import comments, item_comments
from cockpit.components.gantt_card import mini_bars
from cockpit.components.markup import markup
from cockpit.components.opening import opened, way_back
from cockpit.components.progress_card import progress_card
from cockpit.repositories import milestones, overview
from cockpit.repositories.decisions import newest_progress
from cockpit.services import deviations, numbers
from cockpit.services.gantt import late_standing, milestone_row
from cockpit.services.items import Names
from cockpit.services.progress import overlay
from cockpit.services.steps import Seen
from cockpit.shell.session import View, current_view
from cockpit.shell.writing import may_write, names, open_book, press, tell, write_bar

REPORT = "milestone"


def render(view: View) -> None:
    """The page."""
    asked = opened(REPORT)
    if asked and _report(view, asked):
        return
    rows = milestones.deviations(view.reader, deviations.SHOWN)
    book = open_book(view)
    known = names(view)
    page_head(
        deviations.finding(rows, view.language),
        view.say("phone_sub", date=numbers.day(view.reader.publication.as_of_on, view.language)),
    )
    tell(view)
    write_bar(view)
    if asked:
        st.caption(view.say("milestone_unknown", asked=asked))
    if rows.is_empty():
        no_data(view.say("no_open_milestones"), view.say("fill_milestones"))
        return
    currency = overview.project_totals(view.reader).row(0, named=True)["currency_code"]
    with st.container(key="phone_list"):
        for number, row in enumerate(_reported(view, rows).iter_rows(named=True), start=1):
            with st.container(key=f"card_phone_{number}"):
                _node(view, row, book, known, currency)


def _reported(view: View, rows):  # noqa: ANN001, ANN202
    try:
        return overlay(rows, newest_progress(view.settings))
    except StoreUnavailableError:
        return rows  # the book has told it already


def _node(view: View, row: dict[str, Any], book: ItemBook, known: Names, currency: str | None) -> None:
    standing = late_standing(row["delay_p50_days"], row["threshold_days"]) or ""
    title = html.escape(row["project_name"] or row["project_id"])
    detail = html.escape(" · ".join(filter(None, [row["name"], _owner(view, row, known), _pct(view, row)])))
    markup(
        f'<div class="node"><div class="whead"><div><b>{title}</b><small>{detail}</small></div>'
        f'<div class="wdays {standing}">{numbers.days_late(row["delay_p50_days"])} '
        f"<small>{html.escape(view.say('unit_days'))}</small></div></div>"
        f"{mini_bars(milestone_row(row), view.reader.publication.as_of_on)}</div>",
        f"node_{row['milestone_id']}",
    )
    existing = deviations.open_for(row["milestone_id"], book.open_items())
    if existing is not None:
        st.caption(f"● {view.say('in_hands', owner=known.owner(existing))}")
        _comments(view, existing, known)
    with st.container(key=f"taps_{row['milestone_id']}", horizontal=True, gap="small"):
        _intervene(view, row, existing, book, known, currency)
        st.button(
            view.say("verb_report"),
            key=f"report_{row['milestone_id']}",
            width="stretch",
            on_click=_open_report,
            args=(row["milestone_id"],),
        )


def _comments(view: View, item: Item, known: Names) -> None:
    said = item_comments(view, item)
    label = view.say("comments_of", n=numbers.count(sum(each.holds for each in said), view.language))
    with st.expander(label, key=f"comments_{item.item_id}"):
        comments(view, item, known, said, has_export=False)


def _owner(view: View, row: dict[str, Any], known: Names) -> str:
    return known.person(row["owner_id"]) if row["owner_id"] else view.say("owner_none")


def _pct(view: View, row: dict[str, Any]) -> str:
    pct = row["progress_pct"]
    return "" if pct is None else view.say("progress_at", pct=numbers.decimal(pct, 0))


def _intervene(
    view: View, row: dict[str, Any], existing: Item | None, book: ItemBook, known: Names, currency: str | None
) -> None:
    """One tap opens an item for the node's owner; where there is one, it leads there."""
    step = deviations.intervention(row, existing, view.reader.publication.as_of_on, currency)
    if step is None:
        assert existing is not None
        st.page_link(
            "page/actions.py", label=f"{view.say('open_item')} →", query_params={"item": existing.item_id}
        )
        return
    if not may_write(view):
        return
    chain, payload = step
    seen = Seen(chain, book.versions.get(chain, 0), view.reader.publication.name)
    owner_id = payload.owner_id if isinstance(payload, AssignItem) else row["owner_id"]
    owner = known.person(owner_id) if owner_id else view.say("owner_none")
    st.button(
        view.say("verb_intervene"),
        key=f"intervene_{row['milestone_id']}",
        type="primary",
        width="stretch",
        on_click=press,
        args=(view, "intervene", seen, payload, view.say("done_intervene", owner=owner)),
    )


def _open_report(milestone_id: str) -> None:
    st.query_params[REPORT] = milestone_id


def _report(view: View, milestone_id: str) -> bool:
    """The form for one node, by its address; False when the publication has no such open node."""
    found = milestones.open_milestones(view.reader).filter(milestone_id=milestone_id)
    if found.is_empty():
        return False
    row = found.row(0, named=True)
    way_back(view, REPORT, "all_nodes_back")
    page_head(
        view.say("report_finding", name=row["name"] or milestone_id),
        " · ".join(filter(None, [row["project_name"] or row["project_id"], row["customer_name"]])),
    )
    tell(view)
    write_bar(view)
    progress_card(view, row)
    return True


render(current_view())
