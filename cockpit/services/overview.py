"""The overview: six tiles, one finding, and what to decide first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure, Standing
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import code_label, say
from lake.contracts import load_contracts

TREND_MONTHS = 24
DECISIONS = 5
# A supplier with fewer lines than this says little by its share.
MIN_LINES = 5


@dataclass(frozen=True)
class Decision:
    """One thing to decide: what, why, how much, and the page where it is done."""

    title: str
    reason: str
    measure: str
    note: str
    standing: Standing | None
    verb: str
    page: str
    parameters: dict[str, str]


def last_year(months: pl.DataFrame) -> pl.DataFrame:
    """The newest twelve months."""
    return months.tail(12)


def tiles(
    months: pl.DataFrame, churn: pl.DataFrame, figures: dict[str, Figure], doubt: Doubt, language: str
) -> list[Tile]:
    """Milestones on time, overdue, purchases in full, deliveries, orders, silent customers."""
    year, trend = last_year(months), months.tail(TREND_MONTHS)

    def ratio(figure_id: str, name: str, part: str, whole: str, *words: str) -> Tile:
        return share_tile(
            figures.get(figure_id),
            say(name, language),
            _sum(year, part),
            _sum(year, whole),
            language,
            trend=_ratios(trend, part, whole),
            is_doubtful=doubt.touches(*words),
        )

    return [
        ratio(
            "milestone_on_time_share",
            "tile_milestones_on_time",
            "milestone_on_time_count",
            "milestone_due_count",
            "milestone",
        ),
        _overdue(months, figures, doubt, language),
        ratio(
            "purchase_otif_share",
            "tile_purchase_otif",
            "purchase_otif_count",
            "purchase_due_count",
            "purchase",
            "receipt",
        ),
        ratio(
            "delivery_on_time_share",
            "tile_deliveries_on_time",
            "delivery_on_time_count",
            "delivery_due_count",
            "order",
        ),
        _orders(months, figures, doubt, language),
        _silent(churn, doubt, language),
    ]


def finding(months: pl.DataFrame, finished: dict, phases: pl.DataFrame, counts: dict, language: str) -> str:
    """The page's title, made from the first of these that has data: milestones, purchases, orders."""
    phase = code_label("phase", phases["phase_code"][0], language) if not phases.is_empty() else ""
    if finished["milestone_count"] and phase:
        key = "finding_behind" if finished["mean_days"] > 0 else "finding_ahead"
        return say(key, language, days=numbers.decimal(abs(finished["mean_days"])), phase=phase)
    if counts["overdue_count"] and phase:
        return say(
            "finding_overdue", language, count=numbers.count(counts["overdue_count"], language), phase=phase
        )
    year = last_year(months)
    due, in_full = _sum(year, "purchase_due_count"), _sum(year, "purchase_otif_count")
    if due:
        return say(
            "finding_purchases", language, share=numbers.share(in_full / due), n=numbers.count(due, language)
        )
    delivered, on_time = _sum(year, "delivery_due_count"), _sum(year, "delivery_on_time_count")
    if delivered:
        return say(
            "finding_deliveries",
            language,
            share=numbers.share(on_time / delivered),
            n=numbers.count(delivered, language),
        )
    amount = _sum(year, "order_amount")
    if amount:
        return say("finding_orders", language, amount=numbers.money(amount, _currency(months), language))
    return say("finding_none", language)


def decisions(
    milestones: pl.DataFrame,
    suppliers: pl.DataFrame,
    churn: pl.DataFrame,
    quarantine: pl.DataFrame,
    as_of_on: dt.date,
    language: str,
) -> list[Decision]:
    """At most five: the worst milestones without a valid date, a supplier, a silent customer, quarantine."""
    late = _late_milestones(milestones, as_of_on, language)
    others = (
        _weak_supplier(suppliers, language)
        + _silent_customer(churn, language)
        + _waiting(quarantine, language)
    )
    return (late[: DECISIONS - len(others)] + others)[:DECISIONS]


def _late_milestones(milestones: pl.DataFrame, as_of_on: dt.date, language: str) -> list[Decision]:
    undated = milestones.filter(
        pl.col("is_overdue")
        & (pl.col("forecast_finish_on").is_null() | (pl.col("forecast_finish_on") < as_of_on))
    ).head(DECISIONS)
    return [
        Decision(
            title=f"{row['project_name'] or row['project_id']} · {row['name']}",
            reason=say("decide_p80", language, date=numbers.day(row["finish_p80_on"], language))
            if row["finish_p80_on"]
            else say("decide_no_band", language),
            measure=say("days_late", language, days=numbers.days_late(row["days_late"])),
            note=row["customer_name"] or code_label("phase", row["phase_code"], language),
            standing="bad" if row["is_over_threshold"] else "watch",
            verb=say("verb_replan", language),
            page="projects",
            parameters={"milestone": row["milestone_id"]},
        )
        for row in undated.iter_rows(named=True)
    ]


def _weak_supplier(suppliers: pl.DataFrame, language: str) -> list[Decision]:
    weak = suppliers.filter((pl.col("due_line_count") >= MIN_LINES) & (pl.col("otif_share") < 0.9)).sort(
        pl.col("due_line_count") - pl.col("otif_line_count"), descending=True
    )
    return [
        Decision(
            title=say("decide_supplier", language, name=row["supplier_name"] or row["supplier_id"]),
            reason=say(
                "decide_supplier_why",
                language,
                failed=numbers.count(row["due_line_count"] - row["otif_line_count"], language),
                due=numbers.count(row["due_line_count"], language),
            ),
            measure=numbers.share(row["otif_share"]),
            note="OTIF",
            standing="bad",
            verb=say("verb_supplier", language),
            page="suppliers",
            parameters={"supplier": row["supplier_id"]},
        )
        for row in weak.head(1).iter_rows(named=True)
    ]


def _silent_customer(churn: pl.DataFrame, language: str) -> list[Decision]:
    silent = churn.filter(pl.col("is_silent")).sort("order_amount", descending=True, nulls_last=True)
    return [
        Decision(
            title=say("decide_silent", language, name=row["customer_name"] or row["customer_id"]),
            reason=say(
                "decide_silent_why",
                language,
                silence=numbers.count(row["silence_days"], language),
                limit=numbers.count(row["silence_limit_days"], language),
            ),
            measure=numbers.money(row["order_amount"], row["currency_code"], language),
            note=say("all_orders", language),
            standing="watch",
            verb=say("verb_customer", language),
            page="customers",
            parameters={"customer": row["customer_id"]},
        )
        for row in silent.head(1).iter_rows(named=True)
    ]


def _waiting(quarantine: pl.DataFrame, language: str) -> list[Decision]:
    if quarantine.is_empty():
        return []
    top = quarantine.row(0, named=True)
    contract = load_contracts().get(top["table_name"])
    table = contract.label[language] if contract else top["table_name"]
    return [
        Decision(
            title=say("decide_quarantine", language, table=table),
            reason=top[f"message_{language}"] or top["rule_code"],
            measure=numbers.count(quarantine["row_count"].sum(), language),
            note=say("rows", language),
            standing="watch",
            verb=say("verb_quarantine", language),
            page="trust",
            parameters={"section": "quarantine"},
        )
    ]


def _overdue(months: pl.DataFrame, figures: dict[str, Figure], doubt: Doubt, language: str) -> Tile:
    newest = months.row(-1, named=True) if not months.is_empty() else None
    has_milestones = newest is not None and (
        newest["milestone_open_count"]
        or months["milestone_due_count"].sum()
        or newest["milestone_overdue_count"]
    )
    value = newest["milestone_overdue_count"] if has_milestones else None
    return number_tile(
        figures.get("milestone_overdue_count"),
        say("tile_overdue", language),
        value,
        numbers.count(value, language),
        language,
        trend=months.tail(TREND_MONTHS)["milestone_overdue_count"].to_list() if has_milestones else (),
        right=say("of_open", language, n=numbers.count(newest["milestone_open_count"], language))
        if has_milestones
        else "",
        is_doubtful=doubt.touches("milestone"),
    )


def _orders(months: pl.DataFrame, figures: dict[str, Figure], doubt: Doubt, language: str) -> Tile:
    year = last_year(months)
    has_orders = _sum(year, "order_count")
    amount = _sum(year, "order_amount") if has_orders else None
    before = _sum(months.tail(24).head(max(0, min(24, months.height) - 12)), "order_amount")
    change = numbers.difference((amount / before - 1) * 100) + "%" if amount and before else ""
    return number_tile(
        figures.get("order_amount"),
        say("tile_orders", language),
        amount,
        numbers.quantity(amount, language),
        language,
        trend=months.tail(TREND_MONTHS)["order_amount"].cast(pl.Float64).to_list() if has_orders else (),
        left=say("against_year_before", language, change=change) if change else _currency(months) or "",
        right=say("last_12_months", language),
        is_doubtful=doubt.touches("order"),
    )


def _silent(churn: pl.DataFrame, doubt: Doubt, language: str) -> Tile:
    known = churn.filter(pl.col("is_silent").is_not_null())
    value = int(known["is_silent"].sum()) if known.height else None
    return number_tile(
        None,
        say("tile_silent", language),
        value,
        numbers.count(value, language),
        language,
        left=numbers.share(value / known.height) if value is not None else "",
        right=say("of_customers", language, n=numbers.count(known.height, language)),
        is_doubtful=doubt.touches("customer", "order", "churn"),
    )


def _sum(frame: pl.DataFrame, column: str) -> float | None:
    values = frame[column].drop_nulls()
    return float(values.sum()) if len(values) else None


def _ratios(frame: pl.DataFrame, part: str, whole: str) -> list[float | None]:
    return [p / w if w else None for p, w in zip(frame[part], frame[whole], strict=True)]


def _currency(months: pl.DataFrame) -> str | None:
    codes = months["currency_code"].drop_nulls()
    return codes[-1] if len(codes) else None
