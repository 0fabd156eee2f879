"""The ladder of promises: how many lines were there in full by each date, from requested to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data
from cockpit.services import numbers
from cockpit.services.figures import Figure, standing
from cockpit.services.supplier import Rung
from cockpit.shell.session import View


def promise_ladder(view: View, rungs: Sequence[Rung], note: str, figures: Mapping[str, Figure]) -> None:
    """The card with a rung a date; a name opens the passport of its figure."""
    has_any = any(rung.share is not None for rung in rungs)
    with card(
        "ladder", view.say("ask_promise_ladder"), f"{view.say('ladder_note')} {note}" if has_any else ""
    ):
        if has_any:
            bar_list([_bar(view, rung, figures) for rung in rungs], is_tracked=True)
        else:
            no_data(view.say("no_purchases"), view.say("fill_purchases"))


def _bar(view: View, rung: Rung, figures: Mapping[str, Figure]) -> Bar:
    figure = figures.get(rung.figure_id)
    return Bar(
        label=view.say(f"ladder_{rung.step}"),
        part=rung.share or 0.0,
        value=numbers.share(rung.share),
        note=numbers.count(rung.line_count, view.language),
        standing=standing(rung.share, figure.target, figure.direction) if figure else None,
        figure_id=rung.figure_id if figure else "",
    )
