"""One customer: five dimensions, tier, payment, health, ratings and what falls due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cockpit.services import numbers
from cockpit.services.figure_lines import FigureLine, FigureLines
from cockpit.services.figures import Figure
from cockpit.services.labels import labelled
from cockpit.services.parts import Part, Scored, steps
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import code_label, say

Row = Mapping[str, Any]
PARTS = ("orders", "ratings", "complaints", "payment", "sla")
AGES = ("current", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90")
#: Above these the trend of a dimension is told; a grade that falls is better.
_LOWER_IS_BETTER = frozenset({"payment"})


@dataclass(frozen=True)
class Dimension:
    """One dimension ready to read: value, how it changed in a year, and where it stands among its peers."""

    name: str
    value: str
    trend: str
    is_better: bool | None
    peer: float | None
    peer_text: str
    rows: str


@dataclass(frozen=True)
class Trends:
    """What lies behind two tiles by month, oldest first."""

    orders: list[float | None]
    satisfied: list[float | None]


def months_of(orders: pl.DataFrame) -> pl.DataFrame:
    """The amount of orders by month, oldest first; months without any are left out."""
    return (
        orders.drop_nulls("ordered_on")
        .group_by(pl.col("ordered_on").dt.truncate("1mo").alias("period_on"))
        .agg(pl.col("amount").sum())
        .sort("period_on")
    )


def trends(orders: pl.DataFrame, ratings: pl.DataFrame) -> Trends:
    """Orders and satisfaction by month."""
    satisfied = ratings["satisfied_count"] / ratings["rating_count"]
    return Trends(months_of(orders)["amount"].to_list(), satisfied.to_list())


def finding(row: Row, tier: Row | None, health: Row | None, language: str) -> str:
    """Who it is, of which tier, and how healthy the relation."""
    name = row["customer_name"] or row["customer_id"]
    parts = []
    if tier is not None and tier["tier_code"]:
        alias = tier[f"alias_{language}"]
        parts.append(
            say("customer_tier_is", language, tier=tier["tier_code"], alias=alias or tier["tier_code"])
        )
    if health is not None and health["health_score"] is not None:
        score = numbers.decimal(health["health_score"], 0)
        parts.append(
            say(
                "customer_health_is",
                language,
                score=score,
                state=say(f"health_{health['health_code']}", language),
            )
        )
    if row["is_silent"]:
        parts.append(say("customer_silent_is", language, days=numbers.count(row["silence_days"], language)))
    told = say("list_comma", language).join(parts)
    return say("customer_finding", language, name=name, told=told) if told else str(name)


def subtitle(row: Row, language: str) -> str:
    """Segment, depth, place, since when and who looks after it."""
    place = row["city"] or (
        code_label("region", row["region_code"], language) if row["region_code"] else None
    )
    parts = (
        code_label("segment", row["segment_code"], language),
        code_label("depth", row["depth_code"], language) if row["depth_code"] else None,
        place,
        say("customer_since", language, date=numbers.date(row["since_on"])) if row["since_on"] else None,
        say("customer_manager_is", language, id=row["account_manager_id"])
        if row["account_manager_id"]
        else None,
        row["customer_id"],
    )
    return " · ".join(part for part in parts if part)


def tiles(
    row: Row,
    health: Row | None,
    trends: Trends,
    figures: dict[str, Figure],
    doubt: Doubt,
    language: str,
) -> list[Tile]:
    """Score, health, orders, DSO, satisfaction and the risk of leaving."""
    is_doubtful = doubt.touches("customer", "order", "invoice")

    def figure_tile(figure_id: str, value: float | None, shown: str, **more: Any) -> Tile:
        return number_tile(
            figures.get(figure_id), figure_id, value, shown, language, is_doubtful=is_doubtful, **more
        )

    score = health["health_score"] if health is not None else None
    rated, rating_count = row["csat_share"], row["rating_count"]
    return [
        figure_tile(
            "customer_tier_score",
            row["tier_score"],
            numbers.decimal(row["tier_score"], 0),
            right=row["tier_code"] or "",
        ),
        figure_tile(
            "customer_health_score",
            score,
            numbers.decimal(score, 0),
            right=say("customer_parts_known", language, n=health["part_count"]) if health is not None else "",
        ),
        figure_tile(
            "customer_order_amount",
            row["order_amount"],
            numbers.quantity(row["order_amount"], language),
            left=row["currency_code"] or "",
            right=say("n_orders", language, n=numbers.count(row["order_count"], language)),
            trend=trends.orders,
        ),
        figure_tile("customer_dso_days", row["dso_days"], numbers.decimal(row["dso_days"], 0)),
        share_tile(
            figures.get("customer_csat_share"),
            say("tile_csat", language),
            rated * rating_count if rated is not None and rating_count else None,
            rating_count or None,
            language,
            trend=trends.satisfied,
            is_doubtful=is_doubtful,
        ),
        figure_tile(
            "customer_churn_probability_share",
            row["churn_probability_share"],
            numbers.share(row["churn_probability_share"]),
            right=say("silent_days", language, days=numbers.count(row["silence_days"], language))
            if row["silence_days"] is not None
            else "",
        ),
    ]


def dimensions(frame: pl.DataFrame, language: str) -> list[Dimension]:
    """The five dimensions in order; one without a value says so."""
    return [_dimension(row, language) for row in frame.iter_rows(named=True)]


def _dimension(row: Row, language: str) -> Dimension:
    code = row["dimension_code"]
    trend = row["trend_value"]
    is_better = None
    if trend:
        is_better = (trend < 0) if code in _LOWER_IS_BETTER else trend > 0
    kind = {"industry": "industry", "depth": "depth"}.get(code)
    word = code_label(kind, row["value_code"], language) if kind and row["value_code"] else ""
    shown = _shown(code, row["dimension_value"], row["currency_code"], language)
    return Dimension(
        name=say(f"customer_dimension_{code}", language),
        value=" · ".join(part for part in (word, shown) if part),
        trend=_change(code, trend, language),
        is_better=is_better,
        peer=row["peer_share"],
        peer_text=say("peer_of", language, share=numbers.share(row["peer_share"]), n=row["peer_count"])
        if row["peer_share"] is not None
        else say("no_peers", language),
        rows=say(f"behind_{code}", language, n=numbers.count(row["row_count"], language)),
    )


def _shown(code: str, value: float | None, currency_code: str | None, language: str) -> str:
    if value is None:
        return numbers.NO_DATA
    if code == "order_amount":
        return numbers.money(value, currency_code, language)
    if code == "industry":
        return say("part_of_industry", language, share=numbers.share(value / 100))
    if code == "payment":
        return say("grade_of", language, grade=numbers.decimal(value, 0))
    if code == "satisfaction":
        return say("stars_of", language, stars=numbers.decimal(value, 2))
    return say("points_of", language, points=numbers.decimal(value, 0))


def _change(code: str, trend: float | None, language: str) -> str:
    if trend is None:
        return numbers.NO_DATA
    if code == "order_amount":
        sign = "+" if trend > 0 else ""
        return sign + numbers.quantity(trend, language)
    if code == "industry":
        return say("points_changed", language, points=numbers.difference(trend))
    return numbers.difference(trend, 0 if code in ("depth", "payment") else 2)


def tier_reasons(tier: Row, language: str) -> list[str]:
    """The three reasons of the tier in words."""
    return [tier[f"reason_{n}_{language}"] for n in (1, 2, 3) if tier[f"reason_{n}_{language}"]]


def tier_head(tier: Row, language: str) -> tuple[str, str, str]:
    """The tier as a badge, its name in both vocabularies, and what it entitles to."""
    code = tier["tier_code"] or numbers.NO_DATA
    name = " · ".join(part for part in (tier[f"name_{language}"], tier[f"alias_{language}"]) if part)
    return code, name or say("no_tier", language), tier[f"policy_{language}"] or ""


def tier_table(history: pl.DataFrame) -> pl.DataFrame:
    """The tiers a customer had."""
    return history.select("tier_code", "previous_tier_code", "tier_score", "valid_from_on", "valid_to_on")


def health_parts(health: Row, language: str) -> list[Part]:
    """The parts of the health score in points; their sum is the score."""
    scored = [
        Scored(
            name=say(f"health_part_{part}", language),
            weight=health[f"{part}_weight_share"],
            points=health[f"{part}_points"],
            note=numbers.decimal(health[f"{part}_score"], 0),
            figure_id="customer_health_score",
        )
        for part in PARTS
    ]
    return steps(scored, say("part_missing", language))


def payment_lines(row: Row, figures: Mapping[str, Figure], language: str) -> list[FigureLine | str]:
    """DSO, the best possible, days delinquent, overdue ratio, collection, grade."""
    lines = FigureLines(figures, language)

    def days(value: float | None) -> str:
        return say("n_days", language, n=numbers.decimal(value)) if value is not None else numbers.NO_DATA

    return [
        lines.of("customer_dso_days", row["dso_days"], days(row["dso_days"])),
        FigureLine(say("best_dso", language), days(row["best_dso_days"])),
        lines.of("customer_delinquent_days", row["mean_delinquent_days"], days(row["mean_delinquent_days"])),
        lines.of("customer_overdue_share", row["overdue_share"], numbers.share(row["overdue_share"])),
        lines.of(
            "customer_collection_share", row["collection_share"], numbers.share(row["collection_share"])
        ),
        lines.of(
            "customer_payment_grade", row["payment_grade"], numbers.count(row["payment_grade"], language)
        ),
    ]


def ages(row: Row) -> list[tuple[str, float]]:
    """The receivable by age; the first is not due yet."""
    return [(age, float(row[f"{age}_amount"] or 0)) for age in AGES]


def reminder_table(reminders: pl.DataFrame, language: str) -> pl.DataFrame:
    """What falls due, codes as words."""
    return labelled(reminders, {"kind_code": "reminder", "state_code": "reminder_state"}, language)


def project_table(projects: pl.DataFrame, language: str) -> pl.DataFrame:
    """The projects with their state as a word."""
    return labelled(projects, {"status_code": "status"}, language).drop("project_id")


def touches(tier: Row, language: str) -> str:
    """How often people got in touch in 90 days, and the limit where the tier has one."""
    n = numbers.count(tier["touch_count"], language)
    if tier["touch_limit"] is None:
        return say("touched", language, n=n)
    return say("touched_of", language, n=n, limit=tier["touch_limit"])
