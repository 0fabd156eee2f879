"""Suppliers: how they deliver, who misses the target and how much hangs on it."""

from __future__ import annotations

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import say

# Without a registered target the page compares with nothing and says so.
_SHOWN = (
    "supplier_name",
    "category_code",
    "country_code",
    "score",
    "score_rank",
    "due_line_count",
    "otif_share",
    "dated_receipt_count",
    "on_time_share",
    "lead_time_reliable_share",
    "lead_time_p50_days",
    "lead_time_p90_days",
    "rejected_ppm",
    "mean_late_days",
    "open_overdue_line_count",
    "delivery_count",
    "delivery_on_time_share",
    "purchase_amount",
    "currency_code",
    "missing_parts",
)
SHARES = ("otif_share", "on_time_share", "lead_time_reliable_share", "delivery_on_time_share")
AMOUNTS = ("purchase_amount", "rejected_ppm")


def finding(scorecard: pl.DataFrame, target: float | None, language: str) -> str:
    """How many suppliers keep the target, and who breaks the most lines."""
    due = scorecard.filter(pl.col("due_line_count") > 0)
    if due.is_empty():
        return _drop_shipped(scorecard, language)
    worst = due.sort(pl.col("due_line_count") - pl.col("otif_line_count"), descending=True).row(0, named=True)
    failed = worst["due_line_count"] - worst["otif_line_count"]
    kept = due.filter(pl.col("otif_share") >= target).height if target is not None else None
    values = {
        "n": numbers.count(due.height, language),
        "worst": worst["supplier_name"] or worst["supplier_id"],
        "failed": numbers.count(failed, language),
    }
    if failed == 0:
        return say("suppliers_all_kept", language, n=values["n"])
    if kept is None:
        return say("suppliers_finding_plain", language, **values)
    return say(
        "suppliers_finding",
        language,
        kept=numbers.count(kept, language),
        target=numbers.share(target),
        **values,
    )


def _drop_shipped(scorecard: pl.DataFrame, language: str) -> str:
    delivered = scorecard["delivery_count"].sum() or 0
    if not delivered:
        return say("suppliers_none", language)
    late = scorecard["late_delivery_count"].sum() or 0
    return say(
        "suppliers_deliveries",
        language,
        share=numbers.share(1 - late / delivered),
        n=numbers.count(delivered, language),
    )


def tiles(
    scorecard: pl.DataFrame, months: pl.DataFrame, figures: dict[str, Figure], doubt: Doubt, language: str
) -> list[Tile]:
    """OTIF, receipts on time, lead time, rejects, days late, suppliers scored: all ratios of sums."""
    is_doubtful = doubt.touches("purchase", "receipt", "supplier")

    def total(column: str) -> float:
        return float(scorecard[column].sum() or 0)

    reliable = scorecard.drop_nulls("lead_time_reliable_share")
    reliable_count = float((reliable["lead_time_reliable_share"] * reliable["lead_time_count"]).sum())
    received, rejected = _quantities(scorecard)
    ppm = rejected / received * 1e6 if received else None
    late = scorecard.drop_nulls("mean_late_days").filter(pl.col("due_line_count") > 0)
    due = float(late["due_line_count"].sum())
    days = float((late["mean_late_days"] * late["due_line_count"]).sum()) / due if due else None
    scored = scorecard.filter(pl.col("state_code") != "no_data").height
    trend = months.tail(24)
    return [
        share_tile(
            figures.get("otif"),
            "OTIF",
            total("otif_line_count"),
            total("due_line_count"),
            language,
            trend=[
                p / w if w else None
                for p, w in zip(trend["otif_line_count"], trend["due_line_count"], strict=True)
            ],
            is_doubtful=is_doubtful,
        ),
        share_tile(
            figures.get("supplier_on_time_share"),
            say("tile_receipts_on_time", language),
            float((scorecard["on_time_share"] * scorecard["dated_receipt_count"]).sum() or 0),
            total("dated_receipt_count"),
            language,
            is_doubtful=is_doubtful,
        ),
        share_tile(
            figures.get("supplier_lead_time_reliable_share"),
            say("tile_lead_time", language),
            reliable_count,
            float(reliable["lead_time_count"].sum()),
            language,
            is_doubtful=is_doubtful,
        ),
        number_tile(
            figures.get("supplier_rejected_ppm"),
            say("tile_rejects", language),
            ppm,
            numbers.count(ppm, language),
            language,
            is_doubtful=is_doubtful,
        ),
        number_tile(
            figures.get("supplier_mean_late_days"),
            say("tile_late_days", language),
            days,
            numbers.decimal(days),
            language,
            right=say("by_lines", language),
            is_doubtful=is_doubtful,
        ),
        number_tile(
            None,
            say("tile_scored", language),
            scored if scorecard.height else None,
            numbers.count(scored, language) if scorecard.height else numbers.NO_DATA,
            language,
            right=say("of_n", language, n=numbers.count(scorecard.height, language)),
            is_doubtful=is_doubtful,
        ),
    ]


def _quantities(scorecard: pl.DataFrame) -> tuple[float, float]:
    inspected = scorecard.drop_nulls("rejected_ppm")
    return float(inspected["quantity_received"].sum() or 0), float(inspected["quantity_rejected"].sum() or 0)


def table(scorecard: pl.DataFrame) -> pl.DataFrame:
    """The columns of the table, those without any value left out."""
    kept = scorecard.select(_SHOWN)
    return kept.select(
        [name for name in kept.columns if name == "supplier_name" or kept[name].null_count() < kept.height]
    )
