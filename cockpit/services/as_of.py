"""Which published states a reader may look back to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from lake.publication import Publication


def choices(publications: pl.DataFrame) -> Mapping[str, Mapping[str, Any]]:
    """The published states by name, newest first; of one business date the newest only."""
    newest = publications.unique("as_of_on", keep="first", maintain_order=True)
    return {row["name"]: row for row in newest.iter_rows(named=True)}


def label(publication: Mapping[str, Any]) -> str:
    """The business date and the name of a published state."""
    return f"{publication['as_of_on']:%Y-%m-%d} · {publication['name']}"


def first_from(publications: Iterable[Publication], on: dt.date) -> Publication | None:
    """The state of the first published business date that is not before `on`; of that date the newest one."""
    later = [each for each in publications if each.as_of_on >= on]
    if not later:
        return None
    return min(later, key=lambda each: (each.as_of_on, -each.published_at.timestamp(), each.name))
