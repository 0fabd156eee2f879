"""Supply: what may run out, what lies idle, what thirty days will take, which orders are stuck."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure, Standing, standing
from cockpit.services.labels import filled, labelled
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import say

Scope = Literal["risk", "idle", "stock"]
SCOPES: tuple[Scope, ...] = ("risk", "idle", "stock")
POSITION_SHARES = ("stockout_share",)
POSITION_AMOUNTS = ("stock_amount", "idle_amount")
TRANSFER_SHARES = ("to_stockout_share", "freight_share")
TRANSFER_AMOUNTS = ("goods_amount", "freight_amount")
_POSITION = (
    "product_name",
    "warehouse_name",
    "stockout_code",
    "stockout_share",
    "supply_days",
    "lead_time_days",
    "quantity_on_hand",
    "quantity_available",
    "quantity_on_order",
    "reorder_point_quantity",
    "safety_stock_quantity",
    "unit_code",
    "stock_amount",
    "idle_amount",
    "still_days",
    "last_issued_on",
    "is_count_due",
)
_TRANSFER = (
    "product_name",
    "quantity",
    "unit_code",
    "from_warehouse_name",
    "to_warehouse_name",
    "to_stockout_share",
    "is_idle_stock",
    "transit_days",
    "goods_amount",
    "freight_amount",
    "freight_share",
    "from_quantity_available",
    "from_reorder_point_quantity",
    "to_quantity_position",
    "to_reorder_point_quantity",
)


def finding(totals: dict, sync: dict, language: str) -> str:
    """How many positions may run out, and how much lies idle; else how orders go through."""
    if not totals["position_count"]:
        if not sync["due_count"]:
            return say("supply_none", language)
        return say(
            "supply_orders",
            language,
            n=numbers.count(sync["due_count"], language),
            share=numbers.share(sync["synced_count"] / sync["due_count"]),
        )
    bad = totals["bad_count"]
    first = say(
        "supply_risk" if bad else "supply_safe",
        language,
        n=numbers.count(totals["position_count"], language),
        bad=numbers.count(bad, language),
    )
    if not totals["stock_amount"]:
        return first
    idle = (totals["idle_amount"] or 0) / totals["stock_amount"]
    return first + say("supply_idle", language, share=numbers.share(idle))


def tiles(
    totals: dict,
    months: pl.DataFrame,
    sync: dict,
    sync_months: pl.DataFrame,
    figures: dict[str, Figure],
    doubt: Doubt,
    language: str,
) -> list[Tile]:
    """Value of stock, idle share, its change both ways, positions at risk, orders in sync, their lag."""
    is_stock = doubt.touches("stock")
    year = sync_months.tail(24)
    return [
        number_tile(
            figures.get("stock_amount"),
            say("tile_stock", language),
            totals["stock_amount"],
            numbers.quantity(totals["stock_amount"], language),
            language,
            trend=months.tail(24)["stock_amount"].to_list(),
            left=totals["currency_code"] or "",
            right=say("in_warehouses", language, n=numbers.count(totals["warehouse_count"], language)),
            is_doubtful=is_stock,
        ),
        share_tile(
            figures.get("idle_stock_share"),
            say("tile_idle", language),
            totals["idle_amount"],
            totals["stock_amount"],
            language,
            trend=months.tail(24)["idle_share"].to_list(),
            right=numbers.money(totals["idle_amount"], totals["currency_code"], language),
            is_doubtful=is_stock,
        ),
        _idle_change(months, figures, is_stock, language),
        number_tile(
            None,
            say("tile_at_risk", language),
            totals["bad_count"] if totals["judged_count"] else None,
            numbers.count(totals["bad_count"], language) if totals["judged_count"] else numbers.NO_DATA,
            language,
            left=say("watched", language, n=numbers.count(totals["watch_count"], language)),
            right=say("of_n", language, n=numbers.count(totals["judged_count"], language)),
            is_doubtful=is_stock,
        ),
        share_tile(
            figures.get("order_synced_share"),
            say("tile_synced", language),
            sync["synced_count"],
            sync["due_count"],
            language,
            trend=[p / w if w else None for p, w in year.select("synced_count", "due_count").iter_rows()],
            is_doubtful=doubt.touches("order"),
        ),
        number_tile(
            figures.get("order_sync_lag_p95_hours"),
            say("tile_lag", language),
            sync["lag_p95_hours"],
            _hours(sync["lag_p95_hours"], language),
            language,
            trend=year["lag_p95_hours"].to_list(),
            right=say("stuck_orders", language, n=numbers.count(sync["stuck_count"], language)),
            is_doubtful=doubt.touches("order"),
        ),
    ]


def idle_change(months: pl.DataFrame) -> tuple[float | None, float | None]:
    """The newest month's idle share against a year before: relative (0–1), and in points."""
    known = months.filter(pl.col("compared_share").is_not_null() & pl.col("earlier_share").is_not_null())
    if known.is_empty():
        return None, None
    now, before = known.row(-1, named=True)["compared_share"], known.row(-1, named=True)["earlier_share"]
    return (now / before - 1 if before else None), (now - before) * 100


def _idle_change(months: pl.DataFrame, figures: dict[str, Figure], is_doubtful: bool, language: str) -> Tile:
    relative, points = idle_change(months)
    shown = numbers.difference(relative * 100) + "%" if relative is not None else numbers.NO_DATA
    return number_tile(
        figures.get("idle_stock_change_share"),
        say("tile_idle_change", language),
        relative,
        shown,
        language,
        left=say("relative", language) if relative is not None else "",
        right=say("in_points", language, points=numbers.difference(points)),
        is_doubtful=is_doubtful,
    )


def risk_of(code: str | None) -> Standing | None:
    """The colour of a risk of a stock-out."""
    return code if code in ("good", "watch", "bad") else None  # type: ignore[return-value]


def days(value: float | None, language: str) -> str:
    """Days in short, nothing without a demand to divide by."""
    return "" if value is None else say("days_short", language, n=numbers.decimal(value, 0))


def chosen(positions: pl.DataFrame, scope: Scope, warehouse_id: str | None) -> pl.DataFrame:
    """The positions of a scope and, when one is chosen, of a warehouse; idle ones by what they cost."""
    if warehouse_id:
        positions = positions.filter(pl.col("warehouse_id") == warehouse_id)
    if scope == "risk":
        return positions.filter(pl.col("stockout_code").is_in(["watch", "bad"]))
    if scope == "idle":
        return positions.filter(pl.col("idle_amount") > 0).sort(
            "idle_amount", "product_id", descending=[True, False]
        )
    return positions


def position_table(positions: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the table of positions, risk as a mark and a word."""
    kinds = {"stockout_code": "risk", "unit_code": "unit"}
    kept = labelled(positions.select(_POSITION), kinds, language)
    return filled(kept, "product_name")


def transfer_table(transfers: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the table of proposals."""
    return filled(labelled(transfers.select(_TRANSFER), {"unit_code": "unit"}, language), "product_name")


def demand_table(ahead: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the table of next month's demand against stock."""
    shown = ahead.select(
        "product_name",
        "period_on",
        "quantity_p50",
        "quantity_p80",
        "safety_stock_quantity",
        "quantity_available",
        "quantity_on_order",
        "quantity_gap",
        "unit_code",
    )
    return filled(labelled(shown, {"unit_code": "unit"}, language), "product_name")


def stuck_table(stuck: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the stuck list, reasons in words."""
    return filled(labelled(stuck, {"stuck_reason_code": "stuck"}, language), "order_id")


def gap_note(ahead: pl.DataFrame, language: str) -> str:
    """For how many products the month ahead asks more than there is, and which month it is."""
    if ahead.is_empty():
        return ""
    month: dt.date = ahead["period_on"].min()
    return say(
        "ahead_note",
        language,
        short=numbers.count(ahead.filter(pl.col("quantity_gap") > 0).height, language),
        n=numbers.count(ahead.height, language),
        month=numbers.month(month, language),
    )


def sync_steps(sync: dict, language: str) -> list[tuple[str, float, str, str, Standing | None]]:
    """How far confirmed orders got: label, part (0–1), what is shown, note, standing against all of them."""
    steps = (
        ("sync_mes", sync["production_line_count"], sync["made_line_count"]),
        ("sync_wms", sync["pick_line_count"], sync["line_count"]),
        ("sync_both", sync["synced_count"], sync["due_count"]),
    )
    return [
        (
            say(key, language),
            part / whole,
            numbers.share(part / whole),
            f"{numbers.count(part, language)} / {numbers.count(whole, language)}",
            standing(part / whole, 1.0, "higher"),
        )
        for key, part, whole in steps
        if whole
    ]


def lag_facts(sync: dict, language: str) -> list[tuple[str, str, str]]:
    """Lag and what is stuck, as lines of label, value and figure."""
    return [
        (say("lag_p50", language), _hours(sync["lag_p50_hours"], language), ""),
        (say("lag_p95", language), _hours(sync["lag_p95_hours"], language), "order_sync_lag_p95_hours"),
        (say("stuck_count", language), numbers.count(sync["stuck_count"], language), ""),
        (
            say("stuck_lines", language),
            numbers.count(sync["stuck_line_count"], language),
            "order_stuck_line_count",
        ),
    ]


def _hours(value: float | None, language: str) -> str:
    if value is None:
        return numbers.NO_DATA
    return say("hours", language, n=numbers.decimal(value))
