"""Suppliers of the make-believe company, measured a second time."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from tests.support.counting import Frames, differing, grouped, purchase_lines, receipt_lines
from tests.support.warehouse import Warehouse

Figures = dict[str, dict[Any, float | None]]
Prices = Mapping[tuple[str, str], list[dict[str, Any]]]

CARD = (
    "otif_share", "otif_requested_share", "otif_window_share", "otif_current_share", "padding_share",
    "padding_days", "mean_late_days", "price_index", "usual_price_index", "mean_response_days",
    "on_time_share", "lead_time_reliable_share", "lead_time_spread_days", "lead_time_variation",
    "rejected_ppm",
)  # fmt: skip
WEIGHTS = {"otif": 0.30, "on_time": 0.15, "lead_time": 0.15, "quality": 0.20, "price": 0.10, "response": 0.10}


@pytest.fixture(scope="module")
def cards(built: Warehouse, frames: Frames) -> Figures:
    """The expected scorecard: a value of each column by supplier."""
    lines = purchase_lines(frames, built.as_of_on)
    prices = grouped(
        ((row["supplier_id"], row["product_id"]), row)
        for row in frames["erp__supplier_prices"].iter_rows(named=True)
    )
    return _of_lines(lines, built.as_of_on) | _prices(lines, prices) | _of_receipts(receipt_lines(frames))


@pytest.mark.parametrize("column", CARD)
def test_a_part_of_the_scorecard(built: Warehouse, cards: Figures, column: str) -> None:
    found = dict(built.rows(f"select supplier_id, {column} from marts.mart_supplier_scorecard"))
    expected = {supplier: cards[column].get(supplier) for supplier in found}
    assert differing(found, expected, 0.006 if column in ("padding_days", "rejected_ppm") else 0.0051) == {}
    assert any(value is not None for value in expected.values())


def test_the_score_is_the_weighted_mean_of_the_parts_there_are(built: Warehouse, cards: Figures) -> None:
    found = dict(built.rows("select supplier_id, score from marts.mart_supplier_scorecard"))
    assert differing(found, {supplier: _score(cards, supplier) for supplier in found}, 0.02) == {}
    ranked = built.rows("select supplier_id from marts.mart_supplier_scorecard order by score_rank")
    assert [supplier for (supplier,) in ranked] == sorted(found, key=lambda each: -found[each])


def test_a_month_of_a_supplier_has_the_lines_promised_for_it(built: Warehouse, frames: Frames) -> None:
    lines = purchase_lines(frames, built.as_of_on).filter(pl.col("promised_on") < built.as_of_on)
    expected = {
        (supplier, month): (len(kept), sum(kept))
        for (supplier, month), kept in grouped(
            ((row["supplier_id"], row["promised_on"].replace(day=1)), row["by_promise"] >= row["quantity"])
            for row in lines.iter_rows(named=True)
        ).items()
    }
    months = built.rows(
        "select supplier_id, period_on, due_line_count, otif_line_count, otif_share, score, state_code"
        " from marts.mart_supplier_month"
    )
    assert {(row[0], row[1]): row[2:4] for row in months if row[2]} == expected
    gaps = [row for row in months if row[6] == "no_data"]
    assert gaps
    assert all(row[4] is None and row[5] is None for row in gaps)


def test_split_receipts_of_g6_are_on_time_in_full_down_to_their_receipts(built: Warehouse) -> None:
    card = built.row("select * from marts.mart_supplier_scorecard where supplier_id = 'G6-S1'")
    assert (card["otif_share"], card["rejected_ppm"]) == (1, 250)
    assert card["due_line_count"] == card["otif_line_count"] == 27
    evidence = built.rows(
        "select any_value(line.quantity), sum(receipt.quantity_accepted),"
        " max(receipt.received_on) <= max(line.promised_on), count(*) from marts.fct_purchase_line as line"
        " join marts.fct_receipt_line as receipt using (purchase_line_id)"
        " where line.supplier_id = 'G6-S1' and line.is_otif group by purchase_line_id"
    )
    assert len(evidence) == 27
    assert all(
        accepted >= ordered and in_time and parts == 2 for ordered, accepted, in_time, parts in evidence
    )


def test_the_late_batch_of_g3_fails_by_twelve_days(built: Warehouse) -> None:
    lines = built.rows(
        "select is_otif, is_otif_window, is_otif_current, quantity_late_days / quantity_due, padding_days"
        " from marts.fct_purchase_line where purchase_order_id = 'PO-G3-2025H1'"
    )
    # The supplier said so in time: by its date of then it kept its word.
    assert lines == [(False, False, True, 12, 0)]


def test_the_score_is_held_against_what_came_of_it(built: Warehouse) -> None:
    rows = built.rows(
        "select earlier_score, recent_otif_share, score_foresight from marts.mart_supplier_scorecard"
    )
    pairs = [(float(a), float(b)) for a, b, _ in rows if a is not None and b is not None]
    expected = statistics.correlation(*zip(*pairs, strict=True))
    assert float(rows[0][2]) == pytest.approx(expected, abs=0.0001)


def _of_lines(lines: pl.DataFrame, day: dt.date) -> Figures:
    figures: Figures = defaultdict(dict)
    for supplier, rows in grouped((row["supplier_id"], row) for row in lines.iter_rows(named=True)).items():

        def kept(column: str, due: str, after: int = 0, rows: list[Any] = rows) -> float:
            past = [row for row in rows if row[due] + dt.timedelta(days=after) < day]
            return sum(row[column] >= row["quantity"] for row in past) / len(past)

        due = [row for row in rows if row["promised_on"] < day]
        both = [row for row in due if row["requested_on"] < day]
        gap = sum(
            (row["by_promise"] >= row["quantity"]) - (row["by_request"] >= row["quantity"]) for row in both
        )
        still = [max(row["quantity"] - row["by_now"], 0) for row in due]
        piece_days = sum(
            row["late_days"] + rest * (day - row["promised_on"]).days
            for row, rest in zip(due, still, strict=True)
        )
        answers = [
            (row["confirmed_on"] - row["ordered_on"]).days for row in rows if row["confirmed_on"] is not None
        ]
        figures["otif_share"][supplier] = kept("by_promise", "promised_on")
        figures["otif_requested_share"][supplier] = kept("by_request", "requested_on")
        figures["otif_window_share"][supplier] = kept("by_window", "promised_on", 3)
        figures["otif_current_share"][supplier] = kept("by_current", "current_promised_on")
        figures["padding_share"][supplier] = gap / len(both)
        figures["padding_days"][supplier] = statistics.mean(
            (row["promised_on"] - row["requested_on"]).days for row in rows
        )
        figures["mean_late_days"][supplier] = float(piece_days) / float(
            sum(row["by_now"] for row in due) + sum(still)
        )
        figures["mean_response_days"][supplier] = statistics.mean(answers) if answers else None
    return figures


def _prices(lines: pl.DataFrame, prices: Prices) -> Figures:
    paid = grouped(
        ((row["product_id"], row["ordered_on"].year), float(row["line_amount"]) / float(row["quantity"]))
        for row in lines.iter_rows(named=True)
    )
    usual = {key: statistics.median(prices) for key, prices in paid.items()}
    figures: Figures = {"price_index": {}, "usual_price_index": {}}
    for supplier, rows in grouped((row["supplier_id"], row) for row in lines.iter_rows(named=True)).items():
        listed = [
            (float(row["line_amount"]), price)
            for row in rows
            if (price := _list_price(row, prices)) is not None
        ]
        if listed:
            figures["price_index"][supplier] = sum(a for a, _ in listed) / sum(b for _, b in listed)
        figures["usual_price_index"][supplier] = sum(float(row["line_amount"]) for row in rows) / sum(
            usual[row["product_id"], row["ordered_on"].year] * float(row["quantity"]) for row in rows
        )
    return figures


def _list_price(line: Mapping[str, Any], prices: Prices) -> float | None:
    """The line's quantity at the supplier's list of the day of the order."""
    brackets = [
        price
        for price in prices.get((line["supplier_id"], line["product_id"]), ())
        if price["valid_from_on"] <= line["ordered_on"] <= price["valid_to_on"]
        and price["min_quantity"] <= line["quantity"]
    ]
    if not brackets:
        return None
    bracket = max(brackets, key=lambda price: price["min_quantity"])
    return float(bracket["unit_price_amount"]) * float(line["quantity"])


def _of_receipts(receipts: pl.DataFrame) -> Figures:
    figures: Figures = defaultdict(dict)
    for supplier, rows in grouped(
        (row["supplier_id"], row) for row in receipts.iter_rows(named=True)
    ).items():
        leads = [row["lead"] for row in rows]
        kept = [abs(row["lead"] - row["quoted_lead_time_days"]) <= 3 for row in rows]
        rejected = sum(row["quantity_rejected"] for row in rows)
        figures["on_time_share"][supplier] = statistics.mean(
            row["received_on"] <= row["promised_on"] for row in rows
        )
        figures["lead_time_reliable_share"][supplier] = statistics.mean(kept)
        deciles = statistics.quantiles(leads, n=10, method="inclusive")
        figures["lead_time_spread_days"][supplier] = deciles[8] - statistics.median(leads)
        figures["lead_time_variation"][supplier] = statistics.stdev(leads) / statistics.mean(leads)
        figures["rejected_ppm"][supplier] = float(
            rejected / sum(row["quantity_received"] for row in rows) * 1_000_000
        )
    return figures


def _score(cards: Figures, supplier: str) -> float:
    def between(value: float | None, worst: float, best: float) -> float | None:
        return None if value is None else 100 * min(max((value - worst) / (best - worst), 0), 1)

    points = {
        "otif": 100 * (cards["otif_share"][supplier] or 0),
        "on_time": 100 * (cards["on_time_share"][supplier] or 0),
        "lead_time": 100 * (cards["lead_time_reliable_share"][supplier] or 0),
        "quality": between(cards["rejected_ppm"][supplier], 10_000, 0),
        "price": between(cards["price_index"].get(supplier), 1.1, 1),
        "response": between(cards["mean_response_days"][supplier], 10, 1),
    }
    there = {part: value for part, value in points.items() if value is not None}
    return sum(WEIGHTS[part] * value for part, value in there.items()) / sum(WEIGHTS[part] for part in there)
