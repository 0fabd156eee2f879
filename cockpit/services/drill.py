"""Going down from the whole company to a row: where the reader is, and what adds up there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cockpit.services.words import code_label, say

LEVELS = ("region", "city", "project", "milestone")
SHARES = ("milestone_on_time_share",)
AMOUNTS = ("contract_amount",)
_COUNTS = ("project_count", "open_count", "due_count", "on_time_count", "overdue_count")
NOWHERE = "-"


@dataclass(frozen=True)
class Place:
    """What is chosen at each level above the one shown; the level shown is the first without a choice."""

    region: str | None = None
    city: str | None = None
    project: str | None = None

    @classmethod
    def of(cls, address: Mapping[str, str]) -> Place:
        """The place an address names; a level below one that is not named is not taken."""
        chosen: dict[str, str] = {}
        for level in LEVELS[:-1]:
            if not address.get(level):
                break
            chosen[level] = address[level]
        return cls(**chosen)

    @property
    def level(self) -> str:
        """The level whose members are shown."""
        return next((level for level in LEVELS[:-1] if getattr(self, level) is None), LEVELS[-1])

    def into(self, member: str) -> Place:
        """One level down, into a member of the level shown."""
        return Place(**{**self.chosen, self.level: member})

    def up_to(self, level: str | None) -> Place:
        """Back to where `level` is the last choice; None is the whole."""
        kept = LEVELS[: LEVELS.index(level) + 1] if level else ()
        return Place(**{name: value for name, value in self.chosen.items() if name in kept})

    @property
    def chosen(self) -> dict[str, str]:
        """The choices by level, outermost first."""
        return {level: value for level in LEVELS[:-1] if (value := getattr(self, level)) is not None}


def table(members: pl.DataFrame, level: str, language: str) -> pl.DataFrame:
    """The members with their share on time, names in words; a level of rows has no project counts."""
    named = members.with_columns(
        pl.struct("member", "member_name")
        .map_elements(lambda row: name_of(level, row["member_name"], language), return_dtype=pl.String)
        .alias(level),
        milestone_on_time_share=pl.when(pl.col("due_count") > 0).then(
            pl.col("on_time_count") / pl.col("due_count")
        ),
    )
    counts = ["due_count", "milestone_on_time_share", "overdue_count"]
    more = [] if level == "milestone" else ["project_count", "open_count", "contract_amount"]
    return named.select(level, *more, *counts)


def totals(members: pl.DataFrame) -> dict[str, float | None]:
    """What the members add up to: the same at every level, or a level has lost rows."""
    if members.is_empty():
        return {**dict.fromkeys(_COUNTS, 0), "contract_amount": None}
    has_gap = members["contract_amount"].null_count() > 0 and bool(
        members.filter(pl.col("contract_amount").is_null() & (pl.col("open_count") > 0)).height
    )
    amount = None if has_gap else members["contract_amount"].sum()
    return {**{name: members[name].sum() for name in _COUNTS}, "contract_amount": amount}


def name_of(level: str, name: str | None, language: str) -> str:
    """The words of a member: a region's label, a name as it is, «not stated» for nowhere."""
    if not name or name == NOWHERE:
        return say("not_stated", language)
    return code_label("region", name, language) if level == "region" else name
