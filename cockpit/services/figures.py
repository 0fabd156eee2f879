"""Registered figures (ops.figure): their target, and how a value stands against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

Standing = Literal["good", "watch", "bad"]
# A miss of at most this part of the target is «watch»; a target of zero has no watch.
WATCH_PART = 0.05


@dataclass(frozen=True)
class Figure:
    """One registered figure in the viewer's language; a share's target is 0–1."""

    figure_id: str
    name: str
    formula: str
    unit: str | None
    owner: str | None
    direction: str | None
    target: float | None
    model: str | None
    version: int | None


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
        )
        for row in frame.iter_rows(named=True)
    }


def standing(value: float | None, target: float | None, direction: str | None) -> Standing | None:
    """Good when the target is met, watch within WATCH_PART of it, else bad; None without value or target."""
    if value is None or target is None or direction not in ("higher", "lower"):
        return None
    miss = (target - value) if direction == "higher" else (value - target)
    if miss <= 1e-9:
        return "good"
    return "watch" if miss <= abs(target) * WATCH_PART else "bad"
