"""The choices that definitions leave open (seed `figure_default`): a company may make them itself."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from lake.settings import PROJECT_ROOT

SEED = PROJECT_ROOT / "dbt_project" / "seeds" / "figure_default.csv"


@dataclass(frozen=True)
class FigureDefault:
    """One choice with the value the project ships, its unit and its version."""

    name: str
    value: Decimal
    unit: str
    version: int


@cache
def figure_defaults(seed: Path = SEED) -> dict[str, FigureDefault]:
    """All choices by name, as the seed lists them."""
    with seed.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["name"]: FigureDefault(row["name"], Decimal(row["value"]), row["unit"], int(row["version"]))
        for row in rows
    }
