"""Service: what is open too long, how good the work is, what customers say, where it is weakest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import UNREGISTERED, Figure, Standing, standing
from cockpit.services.labels import filled, labelled
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import code_label, say

Scope = Literal["late", "unassigned", "open"]
SCOPES: tuple[Scope, ...] = ("late", "unassigned", "open")
DIMENSIONS = ("region", "city", "crew", "product", "kind", "stage")
# A dimension of the mart and the vocabulary its members are told in; ids stay as they are.
_VOCABULARY = {"region": "region", "kind": "work", "stage": "phase", "cause": "complaint"}
GROUP_SHARES = (
    "sla_share",
    "first_pass_share",
    "csat_share",
    "response_share",
    "rework_order_share",
    "rework_cost_share",
)
_GROUP = (
    "member_name",
    "finished_order_count",
    "sla_share",
    "first_pass_share",
    "csat_share",
    "star_mean",
    "response_share",
    "complaint_rate",
    "complaint_change_pct",
    "rework_order_share",
    "rework_cost_share",
)


@dataclass(frozen=True)
class Measure:
    """A ratio of sums: `part` / `whole`; `times` 100 for a rate, whose parts are the failures."""

    code: str
    figure_id: str
    part: str
    whole: str
    times: int = 1

    @property
    def is_rate(self) -> bool:
        """Counts failures: fewer is better."""
        return self.times != 1


MEASURES = {
    measure.code: measure
    for measure in (
        Measure("sla", "sla_share", "sla_met_count", "sla_due_count"),
        Measure("first_pass", "first_pass_share", "first_passed_count", "first_inspection_count"),
        Measure("csat", "csat_share", "satisfied_count", "rating_count"),
        Measure("complaints", "complaint_rate", "complaint_count", "finished_order_count", 100),
    )
}


def finding(open_totals: dict, company: dict | None, language: str) -> str:
    """How much open work is beyond its service level, and how good the work of the year was."""
    accepted = company["first_pass_share"] if company else None
    if not open_totals["order_count"]:
        # Costs alone make a row too.
        only = "service_none" if accepted is None else "service_only_accepted"
        return say(only, language, share=numbers.share(accepted))
    if open_totals["open_count"]:
        first = say(
            "service_late" if open_totals["late_count"] else "service_in_time",
            language,
            late=numbers.count(open_totals["late_count"], language),
            n=numbers.count(open_totals["open_count"], language),
        )
    else:
        first = say("service_done", language, n=numbers.count(open_totals["order_count"], language))
    if accepted is None:
        return first
    return first + say("service_accepted", language, share=numbers.share(accepted))


def tiles(
    open_totals: dict,
    company: dict | None,
    months: pl.DataFrame,
    figures: dict[str, Figure],
    doubt: Doubt,
    language: str,
) -> list[Tile]:
    """Open too long, service level, first-time acceptance, satisfaction, complaints, rework; of 365 days."""
    year = company or {}
    trend = months.tail(24)
    has_orders = bool(open_totals["order_count"])
    shares = [
        share_tile(
            figures.get(measure.figure_id),
            say(f"measure_{code}", language),
            year.get(measure.part),
            year.get(measure.whole),
            language,
            trend=ratios(trend, measure),
            right=_response(year, language) if code == "csat" else "",
            is_doubtful=doubt.touches("work_order", "inspection", "rating"),
        )
        for code, measure in MEASURES.items()
        if not measure.is_rate
    ]
    return [
        number_tile(
            None,
            say("tile_late_orders", language),
            open_totals["late_count"] if has_orders else None,
            numbers.count(open_totals["late_count"], language) if has_orders else numbers.NO_DATA,
            language,
            left=say("unassigned", language, n=numbers.count(open_totals["unassigned_count"], language))
            if has_orders
            else "",
            right=say("of_open_orders", language, n=numbers.count(open_totals["open_count"], language)),
            is_doubtful=doubt.touches("work_order"),
        ),
        *shares,
        number_tile(
            figures.get("complaint_rate"),
            say("measure_complaints", language),
            year.get("complaint_rate"),
            numbers.decimal(year.get("complaint_rate"), 2),
            language,
            trend=ratios(trend, MEASURES["complaints"]),
            left=_change(year.get("complaint_change_pct"), language),
            right=say("n_is", language, n=numbers.count(year.get("complaint_count"), language)),
            is_doubtful=doubt.touches("complaint"),
        ),
        number_tile(
            figures.get("rework_cost_share"),
            say("tile_rework", language),
            year.get("rework_cost_share"),
            _small_share(year.get("rework_cost_share")),
            language,
            right=numbers.money(year.get("rework_cost_amount"), year.get("currency_code"), language),
            is_doubtful=doubt.touches("expense"),
        ),
    ]


def _small_share(share: float | None) -> str:
    """A share that is often below a tenth of a percent, with two decimals."""
    return numbers.NO_DATA if share is None else numbers.decimal(share * 100, 2) + "%"


def _response(year: dict, language: str) -> str:
    share = year.get("response_share")
    return say("response", language, share=f"{share:.0%}") if share is not None else ""


def _change(percent: float | None, language: str) -> str:
    if percent is None:
        return ""
    return say("against_year_before", language, change=numbers.difference(percent) + "%")


def ratios(frame: pl.DataFrame, measure: Measure) -> list[float | None]:
    """The measure of each row; None where nothing was counted."""
    return [
        part * measure.times / whole if part is not None and whole else None
        for part, whole in frame.select(measure.part, measure.whole).iter_rows()
    ]


def shown(value: float | None, measure: Measure) -> str:
    """A value of the measure as text."""
    return numbers.decimal(value, 2) if measure.is_rate else numbers.share(value)


def weakest(
    groups: pl.DataFrame, dimension: str, measure: Measure, figure: Figure | None, language: str
) -> list[tuple[str, float, str, str, Standing | None]]:
    """Members by how often they failed, the most first: label, part of the most, count, measure, standing."""
    figure = figure or UNREGISTERED
    failed = pl.col(measure.part) if measure.is_rate else pl.col(measure.whole) - pl.col(measure.part)
    known = groups.with_columns(failed_count=failed).filter(
        (pl.col(measure.whole) > 0) & (pl.col("failed_count") > 0)
    )
    known = known.sort("failed_count", "member_code", descending=[True, False])
    if known.is_empty():
        return []
    most = known["failed_count"][0]
    return [
        (
            member_label(dimension, row["member_code"], row["member_name"], language),
            row["failed_count"] / most,
            numbers.count(row["failed_count"], language),
            shown(value, measure),
            standing(value, figure.target, figure.direction),
        )
        for row, value in zip(known.iter_rows(named=True), ratios(known, measure), strict=True)
    ]


def member_label(dimension: str, code: str, name: str | None, language: str) -> str:
    """A member of a dimension in words."""
    return code_label(_VOCABULARY[dimension], code, language) if dimension in _VOCABULARY else name or code


def causes(groups: pl.DataFrame, language: str) -> list[tuple[str, float, str, str]]:
    """Causes of complaints, the most frequent first: label, part of the most, count, share up to here."""
    known = groups.filter(pl.col("complaint_count") > 0).sort(
        "complaint_count", "member_code", descending=[True, False]
    )
    return [
        (
            code_label("complaint", row["member_code"], language),
            row["complaint_count"] / known["complaint_count"][0],
            numbers.count(row["complaint_count"], language),
            f"{row['cumulative_complaint_share']:.0%}"
            if row["cumulative_complaint_share"] is not None
            else "",
        )
        for row in known.iter_rows(named=True)
    ]


def voices(company: dict | None, figures: dict[str, Figure], language: str) -> list[tuple[str, str, str]]:
    """What customers say and what was done twice, of 365 days, as lines of label, value and figure."""
    if company is None:
        return []
    values = (
        ("satisfaction_stars", numbers.decimal(company["star_mean"], 2)),
        ("rating_response_share", numbers.share(company["response_share"])),
        ("repeat_complaint_share", numbers.share(company["repeat_complaint_share"])),
        ("rework_order_share", numbers.share(company["rework_order_share"])),
        ("rolled_pass_share", numbers.share(company["rolled_pass_share"])),
    )
    lines = []
    for key, value in values:
        figure = figures.get(key, UNREGISTERED)
        aim = "" if figure.target is None else " / " + numbers.decimal(figure.target, 1)
        lines.append((figure.name or say(f"voice_{key}", language), value + aim, figure.figure_id))
    return lines


def group_table(groups: pl.DataFrame, dimension: str, language: str) -> pl.DataFrame:
    """The members of a dimension with all measures."""
    kept = groups.filter(
        (pl.col("finished_order_count").fill_null(0) > 0)
        | (pl.col("first_inspection_count").fill_null(0) > 0)
        | (pl.col("complaint_count").fill_null(0) > 0)
    ).select(_GROUP)
    if dimension in _VOCABULARY:
        kept = labelled(kept, {"member_name": _VOCABULARY[dimension]}, language)
    return filled(kept, "member_name")


def chosen(orders: pl.DataFrame, scope: Scope, site_ids: list[str]) -> pl.DataFrame:
    """Open work orders of a scope and, when sites are chosen on the map, of these."""
    if site_ids:
        orders = orders.filter(pl.col("site_id").is_in(site_ids))
    if scope == "late":
        return orders.filter(pl.col("is_late"))
    return orders.filter(pl.col("is_unassigned")) if scope == "unassigned" else orders


def order_table(orders: pl.DataFrame, language: str) -> pl.DataFrame:
    """Open work orders in words; late ones carry a mark."""
    kinds = {"kind_code": "work", "priority_code": "priority", "region_code": "region"}
    kept = labelled(orders.drop("site_id", "is_unassigned"), kinds, language).rename(
        {"kind_code": "work_kind"}
    )
    late = pl.when(pl.col("is_late")).then(pl.lit(say("late_mark", language))).alias("is_late")
    return filled(kept.with_columns(late), "work_order_id")


def sequence_table(sequences: pl.DataFrame, language: str) -> pl.DataFrame:
    """Sequences in words, with the two ratings as «2 → 1»."""
    kept = labelled(sequences, {"region_code": "region"}, language).select(
        "customer_name",
        "region_code",
        "found_on",
        pl.format("{} → {}", pl.col("first_stars"), pl.col("second_stars")).alias("stars_pair"),
        "low_rating_count",
        "first_work_order_id",
        "second_work_order_id",
        pl.when(pl.col("is_national_queue"))
        .then(pl.lit(say("national_queue", language)))
        .otherwise(pl.col("manager_id"))
        .alias("manager_id"),
        "is_recent",
    )
    return filled(kept, "customer_name")
