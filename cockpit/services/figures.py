"""Registered figures (ops.figure): their target, how a value stands against it, whether it is in doubt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.words import say

Standing = Literal["good", "watch", "bad"]
# A miss of at most this part of the target is «watch»; a target of zero has no watch.
WATCH_PART = 0.05


@dataclass(frozen=True)
class Figure:
    """One registered figure in the viewer's language; a share's target is 0–1.

    `is_doubtful` says whether an error check failed on the way to it, None while no passport tells; `bound`
    is how far rows in quarantine could move it, in a few words.
    """

    figure_id: str
    name: str
    formula: str
    unit: str | None
    owner: str | None
    direction: str | None
    target: float | None
    model: str | None
    version: int | None
    column: str | None = None
    since_on: dt.date | None = None
    is_doubtful: bool | None = None
    bound: str = ""


UNREGISTERED = Figure("", "", "", None, None, None, None, None, None)


def registry(frame: pl.DataFrame, language: str) -> dict[str, Figure]:
    """All figures by id."""
    return {
        row["figure_id"]: Figure(
            figure_id=row["figure_id"],
            name=row[f"name_{language}"] or row["figure_id"],
            formula=row[f"formula_{language}"] or "",
            unit=row["unit"],
            owner=row["owner"],
            direction=row["direction_code"],
            target=row["target_value"],
            model=row["model_name"],
            version=row["version"],
            column=row["column_name"],
            since_on=row["since_on"],
            is_doubtful=row["status_code"] == "doubtful" if row.get("status_code") else None,
            bound=_bound(row, language),
        )
        for row in frame.iter_rows(named=True)
    }


def _bound(row: Mapping[str, Any], language: str) -> str:
    """The bound as it fits on a tile; limits are told in shares and plain numbers."""
    code = row.get("bound_code")
    if code is None:
        return ""
    if code != "bounded":
        return say(f"bound_{code}", language)
    low, high = (
        numbers.share(row[side]) if row["unit"] == "share" else numbers.quantity(row[side], language)
        for side in ("bound_low", "bound_high")
    )
    return say("bound_bounded", language, low=low, high=high)


def standing(value: float | None, target: float | None, direction: str | None) -> Standing | None:
    """Good when the target is met, watch within WATCH_PART of it, else bad; None without value or target."""
    if value is None or target is None or direction not in ("higher", "lower"):
        return None
    miss = (target - value) if direction == "higher" else (value - target)
    if miss <= 1e-9:
        return "good"
    return "watch" if miss <= abs(target) * WATCH_PART else "bad"
