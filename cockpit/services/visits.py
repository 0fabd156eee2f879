"""Which earlier state today is compared with: that of the reader's last visit, else of the night before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lake.publication import Publication


@dataclass(frozen=True)
class Visit:
    """The names kept for the next visit: what was newest now, and what this visit was compared with."""

    seen: str
    before: str


def base_of(shown: Publication, known: Sequence[Publication], kept: Visit) -> tuple[Publication | None, bool]:
    """The state to compare with, and whether it is the reader's own last visit; None where there is none.

    `known` are the publications that can still be read, newest first. Visits of one business date are one: a
    reload, or the refresh after a write, takes nothing off the list.
    """
    by_name = {each.name: each for each in known}
    for name in (kept.seen, kept.before):
        found = by_name.get(name)
        if found is not None and found.as_of_on < shown.as_of_on:
            return found, True
    nights = [
        each
        for each in known
        if each.kind_code == "night" and each.published_at < shown.published_at and each.name != shown.name
    ]
    earlier = [each for each in nights if each.as_of_on < shown.as_of_on]
    return next(iter(earlier or nights), None), False


def kept_after(newest: Publication, base: Publication | None, kept: Visit) -> Visit:
    """What to keep after a visit of the newest state."""
    return Visit(newest.name, base.name if base else kept.before)
