"""Which published states a reader may look back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def choices(publications: pl.DataFrame) -> Mapping[str, Mapping[str, Any]]:
    """The published states by name, newest first; of one business date the newest only."""
    newest = publications.unique("as_of_on", keep="first", maintain_order=True)
    return {row["name"]: row for row in newest.iter_rows(named=True)}


def label(publication: Mapping[str, Any]) -> str:
    """The business date and the name of a published state."""
    return f"{publication['as_of_on']:%Y-%m-%d} · {publication['name']}"
