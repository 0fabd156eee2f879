"""How long deliveries take: receipts by days from order to receipt."""

from __future__ import annotations

from cockpit.components.cards import card, no_data
from cockpit.components.charts import show
from cockpit.components.curves import histogram
from cockpit.repositories import suppliers
from cockpit.services import numbers
from cockpit.services.supplier import LEAD_TIME_SPAN
from cockpit.shell.session import View


def lead_time_card(view: View, supplier_id: str | None = None) -> None:
    """The card, of one supplier or of all."""
    spans = suppliers.lead_times(view.reader, LEAD_TIME_SPAN, supplier_id)
    marks = suppliers.lead_time_marks(view.reader, supplier_id).row(0, named=True)
    n = numbers.count(marks["receipt_count"], view.language)
    with card(
        "lead_times", view.say("ask_lead_times"), view.say("lead_times_note", n=n) if spans.height else ""
    ):
        if spans.is_empty():
            no_data(view.say("no_purchases"), view.say("fill_purchases"))
            return
        named = {
            "P50": marks["p50_days"],
            "P90": marks["p90_days"],
            view.say("lead_time_quoted"): marks["quoted_days"],
        }
        starts, counts = spans["from_days"].to_list(), spans["receipt_count"].to_list()
        figure = histogram(view, starts, counts, LEAD_TIME_SPAN, named)
        show(figure, "supplier_lead_times", view.say("ask_lead_times"))
