"""Items as rows for a narrow screen, each a link; and as a numbered list with what can be done at once."""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import quote

from actions.items import Item
from cockpit.components.markup import markup
from cockpit.services import items as words_of
from cockpit.services.items import Names
from cockpit.shell.session import View


def phone_items(view: View, items: Sequence[Item], names: Names, key: str) -> None:
    """One card an item, which the style sheet shows on narrow screens only."""
    cards = "".join(_card(view, item, names) for item in items)
    markup(f'<div class="worst">{cards}</div>', key)


def _card(view: View, item: Item, names: Names) -> str:
    as_of_on = view.reader.publication.as_of_on
    due = words_of.due_words(item, as_of_on, view.language) if item.is_open else ""
    amount = words_of.amount(item, view.language)
    small = " · ".join(filter(None, [names.rule(item.opening.rule_id), names.owner(item), due]))
    return (
        f'<div class="wcard"><div class="whead"><div><b>{html.escape(words_of.told(item, view.language))}</b>'
        f"<small>{html.escape(small)}</small></div>"
        f'<div class="wamount {words_of.standing(item)}">{html.escape(amount)}</div></div>'
        f'<a class="wlink" href="actions?item={quote(item.item_id, safe="")}" target="_self">'
        f"{html.escape(view.say('verb_open'))} →</a></div>"
    )
