"""The form of a what-if: which milestone, what is different about it, and to which scenario that belongs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from cockpit.components.cards import no_data
from cockpit.repositories import batches as records
from cockpit.services import batches as words_of
from cockpit.services.whatif import KINDS, LINK_TYPES, MOST, Change, Project, Scenario, crew_cost
from cockpit.shell.session import View

#: A kind of change beside those of the schedule: an option against a late batch.
BATCH = "batch"


@dataclass(frozen=True)
class Asked:
    """What was asked for: a change and the scenario that it belongs to (None: a new one), or an option."""

    change: Change | None = None
    target: str | None = None
    option: Mapping[str, object] | None = None
    batch: str = ""


def whatif_form(
    view: View, project: Project, scenarios: Sequence[Scenario], batches: pl.DataFrame
) -> Asked | None:
    """The form; what was asked for when it was sent, else None."""
    kinds = (BATCH, *KINDS) if batches.height else KINDS
    kind = st.pills(
        view.say("whatif_kind"),
        kinds,
        default=kinds[0],
        required=True,
        format_func=lambda code: view.say(f"whatif_{code}"),
        key=f"whatif_kind_{len(kinds)}",
    )
    if kind == BATCH:
        return _option(view, batches)
    milestone_id = st.selectbox(
        view.say("milestone"),
        project.open(),
        format_func=project.name,
        key="whatif_milestone",
    )
    if milestone_id is None:
        return None
    with st.form(f"whatif_{kind}_{milestone_id}", border=False):
        made = _FIELDS[kind or "date"](view, project, milestone_id)
        ids = [each.scenario_id for each in scenarios if each.kind_code == "own"]
        target = (
            st.selectbox(
                view.say("whatif_target"),
                [None, *ids],
                format_func=lambda key: view.say("whatif_new") if key is None else key,
                key="whatif_target",
            )
            if ids
            else None
        )
        is_full = target is None and len(scenarios) >= MOST
        is_sent = st.form_submit_button(
            view.say("whatif_try"), type="primary", width="stretch", key="whatif_try", disabled=made is None
        )
    if is_sent and is_full:
        st.warning(view.say("whatif_full", n=MOST))
        return None
    return Asked(made, target) if is_sent and made is not None else None


def _option(view: View, batches: pl.DataFrame) -> Asked | None:
    rows = {row["purchase_line_id"]: row for row in batches.iter_rows(named=True)}
    line_id = st.selectbox(
        view.say("whatif_batch"),
        list(rows),
        format_func=lambda key: (
            f"{rows[key]['product_name'] or rows[key]['product_id']} · {rows[key]['purchase_order_id']}"
        ),
        key="whatif_batch",
    )
    options = records.options(view.reader, line_id or "")
    st.caption(words_of.headline(rows[line_id], view.language))
    if options.is_empty():
        no_data(view.say("no_options"), view.say("no_options_why"))
        return None
    by_rank = {row["option_rank"]: row for row in options.iter_rows(named=True)}
    rank = st.selectbox(
        view.say("whatif_option"),
        list(by_rank),
        format_func=lambda key: f"{key}. {words_of.option_title(by_rank[key], view.language)}",
        key=f"whatif_option_{line_id}",
    )
    if st.button(view.say("whatif_try"), type="primary", width="stretch", key="whatif_try_option"):
        return Asked(option=by_rank[rank], batch=_goods(rows[line_id]))
    return None


def _goods(batch: Mapping[str, Any]) -> str:
    return batch["product_name"] or batch["product_id"] or batch["purchase_line_id"]


def _date(view: View, project: Project, milestone_id: str) -> Change | None:
    row = project.row(milestone_id)
    start = row["forecast_finish_on"] or row["planned_finish_on"] or project.as_of_on
    soonest_on, key = max(start, project.as_of_on), f"whatif_on_{milestone_id}"
    on = st.date_input(view.say("whatif_on"), value=soonest_on, key=key, format="YYYY-MM-DD")
    return Change("date", milestone_id, new_on=on)


def _duration(view: View, project: Project, milestone_id: str) -> Change | None:
    return Change("duration", milestone_id, days=_days(view, project.days(milestone_id)))


def _supplier(view: View, project: Project, milestone_id: str) -> Change | None:
    offers = records.offers(view.reader, project.row(milestone_id)["project_id"])
    rows = offers.filter(pl.col("milestone_id") == milestone_id).to_dicts()
    if not rows:
        no_data(view.say("no_offers"), view.say("no_offers_why"))
        return None
    at = st.selectbox(
        view.say("whatif_offer"),
        range(len(rows)),
        format_func=lambda number: _offer_words(view, rows[number]),
        key=f"whatif_offer_{milestone_id}",
    )
    chosen = rows[at or 0]
    return Change(
        "supplier",
        milestone_id,
        other_id=chosen["supplier_id"],
        days=chosen["lead_time_days"],
        other_name=chosen["supplier_name"],
        cost_amount=chosen["extra_amount"],
        currency_code=chosen["currency_code"],
    )


def _offer_words(view: View, offer: Mapping[str, object]) -> str:
    days = view.say("days_short", n=offer["lead_time_days"])
    return f"{offer['supplier_name']} · {offer['product_name']} · {days}"


def _crew(view: View, project: Project, milestone_id: str) -> Change | None:
    crews = {row["crew_id"]: row for row in records.crews(view.reader).iter_rows(named=True)}
    own = crews.get(project.row(milestone_id)["crew_id"] or "")
    able = [
        key
        for key, row in crews.items()
        if row is not own and (own is None or row["trade_code"] == own["trade_code"])
    ]
    if not able:
        no_data(view.say("no_crews"), view.say("no_crews_why"))
        return None
    crew_id = st.selectbox(
        view.say("whatif_crew_is"),
        able,
        format_func=lambda key: crews[key]["name"],
        key=f"whatif_crew_{milestone_id}",
    )
    days = _days(view, project.days(milestone_id))
    cost = crew_cost(project, milestone_id, crews, crew_id, days)
    crew = crews[crew_id]
    return Change(
        "crew",
        milestone_id,
        other_id=crew_id,
        days=days,
        other_name=crew["name"],
        cost_amount=cost,
        currency_code=crew["currency_code"],
    )


def _link(view: View, project: Project, milestone_id: str) -> Change | None:
    others = [key for key in project.milestones["milestone_id"].to_list() if key != milestone_id]
    if not others:
        return None
    other = st.selectbox(
        view.say("whatif_waits_for"),
        others,
        format_func=project.name,
        key=f"whatif_other_{milestone_id}",
    )
    left, right = st.columns(2)
    type_code = left.selectbox(view.say("whatif_type"), LINK_TYPES, key="whatif_type")
    lag = right.number_input(view.say("whatif_lag"), value=0, step=1, key="whatif_lag")
    return Change("link", milestone_id, other_id=other, days=int(lag), type_code=type_code)


def _unlink(view: View, project: Project, milestone_id: str) -> Change | None:
    others = project.links.filter(pl.col("successor_id") == milestone_id)["predecessor_id"].to_list()
    if not others:
        no_data(view.say("no_links"), view.say("no_links_why"))
        return None
    other = st.selectbox(
        view.say("whatif_no_wait"),
        others,
        format_func=project.name,
        key=f"whatif_other_{milestone_id}",
    )
    return Change("unlink", milestone_id, other_id=other)


def _days(view: View, value: int) -> int:
    return int(
        st.number_input(view.say("whatif_days"), min_value=0, value=value, step=1, key=f"whatif_days_{value}")
    )


_FIELDS: dict[str, Callable[[View, Project, str], Change | None]] = {
    "date": _date,
    "duration": _duration,
    "supplier": _supplier,
    "crew": _crew,
    "link": _link,
    "unlink": _unlink,
}
