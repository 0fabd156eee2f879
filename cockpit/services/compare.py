"""Two business dates side by side: tiles, all figures with the reason of each difference, and projects."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure
from cockpit.services.passports import value_told
from cockpit.services.tiles import Tile
from cockpit.services.words import say
from lake.publication import Publication

Row = Mapping[str, Any]
#: What is no difference but rounding.
SAME = 1e-9
DATES = ("planned_finish_on", "finish_p80_on", "finished_on")


@dataclass(frozen=True)
class Pair:
    """The two states in the order of their business dates, and the first month that the earlier one saw."""

    before: Publication
    after: Publication

    @classmethod
    def of(cls, one: Publication, other: Publication) -> Pair:
        """The pair of two states of different dates, whichever of them is shown."""
        before, after = sorted((one, other), key=lambda each: (each.as_of_on, each.published_at))
        return cls(before, after)

    @property
    def past_until_on(self) -> dt.date:
        """The months before this day were over on the earlier date."""
        return self.before.as_of_on.replace(day=1)


@dataclass(frozen=True)
class Told:
    """How values are told: in which language and currency."""

    language: str
    currency_code: str | None = None


@dataclass(frozen=True)
class Past:
    """A figure over the months that were over on the earlier date, as each of two states tells them."""

    value_before: float | None
    n_before: int
    value_after: float | None
    n_after: int


def offered(known: Iterable[Publication], shown: Publication) -> dict[str, Publication]:
    """The states to compare with, by name in the order given: of each other business date the first."""
    found: dict[dt.date, Publication] = {}
    for each in known:
        if each.as_of_on != shown.as_of_on:
            found.setdefault(each.as_of_on, each)
    return {each.name: each for each in found.values()}


# -- tiles ---------------------------------------------------------------------------------------------------


def compared(shown: Sequence[Tile], other: Sequence[Tile], on: dt.date, language: str) -> list[Tile]:
    """The tiles as shown, each with its difference from the same tile of the other date."""
    return [
        replace(tile, left=_against(tile, than, on, language))
        for tile, than in zip(shown, other, strict=True)
    ]


def _against(tile: Tile, than: Tile, on: dt.date, language: str) -> str:
    if tile.number is None or than.number is None:
        return say("compare_no_data", language, date=numbers.date(on))
    gap = float(tile.number) - float(than.number)
    if tile.is_share:
        told = say("compare_points", language, points=numbers.difference(gap * 100))
    else:
        told = _signed(gap, numbers.quantity(gap, language))
    return say("compare_tile", language, date=numbers.date(on), difference=told)


def _signed(gap: float, told: str) -> str:
    return f"+{told}" if gap > 0 else told


# -- figures -------------------------------------------------------------------------------------------------


def pasts(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, Past]:
    """The past of each figure that both states tell (frames of `figures_before`)."""
    old = {row["figure_id"]: row for row in before.iter_rows(named=True)}
    return {
        row["figure_id"]: Past(
            old[row["figure_id"]]["past_value"],
            old[row["figure_id"]]["past_n"],
            row["past_value"],
            row["past_n"],
        )
        for row in after.iter_rows(named=True)
        if row["figure_id"] in old
    }


def figure_table(
    runs: tuple[pl.DataFrame, pl.DataFrame],
    past: Mapping[str, Past],
    figures: Mapping[str, Figure],
    pair: Pair,
    told: Told,
) -> pl.DataFrame:
    """Every figure with a value on either date: both values, difference, reason; what differs stands first.

    `runs` are the earlier and the later passports. `figure_id` and `is_changed` are there to work with.
    """
    old, new = ({row["figure_id"]: row for row in frame.iter_rows(named=True)} for frame in runs)
    rows = []
    for figure_id in sorted(old.keys() | new.keys()):
        before, after = old.get(figure_id), new.get(figure_id)
        values = tuple(run["value"] if run else None for run in (before, after))
        if all(numbers.is_missing(value) for value in values):
            continue
        figure = figures.get(figure_id)
        unit = figure.unit if figure else None
        reasons = _reasons(before, after, past.get(figure_id), pair, told.language)
        rows.append(
            (
                figure_id,
                figure.name if figure else figure_id,
                *(value_told(value, unit, told.currency_code, told.language) for value in values),
                _difference(values, unit, told),
                say("list_comma", told.language).join(reasons),
                bool(reasons),
            )
        )
    schema = {
        "figure_id": pl.String,
        "figure_name": pl.String,
        "compare_before": pl.String,
        "compare_after": pl.String,
        "compare_difference": pl.String,
        "compare_reason": pl.String,
        "is_changed": pl.Boolean,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.sort("is_changed", "figure_name", "figure_id", descending=[True, False, False])


def _difference(values: tuple[float | None, ...], unit: str | None, told: Told) -> str:
    before, after = values
    if numbers.is_missing(before) or numbers.is_missing(after):
        return numbers.NO_DATA
    gap = float(after) - float(before)  # type: ignore[arg-type]
    if abs(gap) <= SAME:
        return "0"
    if unit == "share":
        return say("compare_points", told.language, points=numbers.difference(gap * 100, 2))
    return _signed(gap, value_told(gap, unit, told.currency_code, told.language))


def _reasons(
    before: Row | None, after: Row | None, past: Past | None, pair: Pair, language: str
) -> list[str]:
    """Why a figure differs; empty when it does not."""
    if before is None or after is None:
        return [say("compare_new" if before is None else "compare_gone", language)]
    found = _definition(before, after, language)
    if found or not _is_same(before["value"], after["value"]) or before["n"] != after["n"]:
        found += _late(past, pair, language)
        return found or [say("compare_time", language)]
    return []


def _definition(before: Row, after: Row, language: str) -> list[str]:
    found = []
    if before["version"] != after["version"]:
        found.append(say("compare_version", language, old=before["version"], new=after["version"]))
    own = [json.loads(row["own_defaults"] or "{}") for row in (before, after)]
    changed = sorted(name for name in own[0].keys() | own[1].keys() if own[0].get(name) != own[1].get(name))
    if changed:
        names = say("list_comma", language).join(changed)
        found.append(say("compare_defaults", language, names=names))
    return found


def _late(past: Past | None, pair: Pair, language: str) -> list[str]:
    """What the later state knows of months that the earlier one had behind it."""
    if past is None:
        return []
    month = numbers.month(pair.past_until_on, language)
    rows = past.n_after - past.n_before
    if rows > 0:
        return [say("compare_late", language, rows=numbers.count(rows, language), month=month)]
    if rows < 0 or not _is_same(past.value_before, past.value_after):
        return [say("compare_past", language, month=month)]
    return []


def _is_same(one: float | None, other: float | None) -> bool:
    if numbers.is_missing(one) or numbers.is_missing(other):
        return numbers.is_missing(one) and numbers.is_missing(other)
    return abs(float(one) - float(other)) <= SAME  # type: ignore[arg-type]


# -- projects ------------------------------------------------------------------------------------------------


def project_table(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Projects of which a finish date, the health or the budget moved, the largest move of P80 first.

    A project that only one state knows is listed with what that one says.
    """
    joined = after.join(before, on="project_id", how="full", suffix="_before", coalesce=True)
    pairs = [*DATES, "health_score", "budget_amount"]
    moved = joined.filter(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in pairs)
    )
    days = (pl.col("finish_p80_on") - pl.col("finish_p80_on_before")).dt.total_days()
    return (
        moved.with_columns(
            project_name=pl.coalesce("project_name", "project_name_before"),
            p80_moved_days=days,
            health_moved_points=pl.col("health_score") - pl.col("health_score_before"),
            budget_moved_amount=pl.col("budget_amount") - pl.col("budget_amount_before"),
        )
        .sort(days.abs(), "project_id", descending=[True, False], nulls_last=True)
        .select(
            "project_id",
            "project_name",
            "planned_finish_on_before",
            "planned_finish_on",
            "finish_p80_on_before",
            "finish_p80_on",
            "p80_moved_days",
            "finished_on",
            "health_score_before",
            "health_score",
            "health_moved_points",
            "budget_amount_before",
            "budget_amount",
            "budget_moved_amount",
        )
    )
