"""Stock, transfers and order sync of the make-believe company, worked out a second time."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import defaultdict
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.support.counting import Frames, differing, grouped, purchase_lines, receipt_lines
from tests.support.warehouse import Warehouse

Place = tuple[str, str]

#: The company's clocks are eight hours ahead of UTC all year.
EIGHT_HOURS = dt.timedelta(hours=8)


def test_every_confirmed_order_is_in_both_systems_or_on_the_list(built: Warehouse, frames: Frames) -> None:
    made = set(frames["mes__production_orders"]["product_id"])
    produced = _firsts(frames["mes__production_orders"])
    picked = _firsts(frames["wms__picks"])
    waits: dict[str, list[float | None]] = defaultdict(list)
    for order, confirmed, line, product, kind in (
        frames["erp__orders"].join(frames["erp__order_lines"], on="order_id")
        .select("order_id", "confirmed_at", "line_no", "product_id", "kind_code").iter_rows()
    ):  # fmt: skip
        if kind == "sale":
            systems = [picked.get((order, line))] + [produced.get((order, line))] * (product in made)
            stamps = [stamp for stamp in systems if stamp is not None]
            late = max(((stamp - confirmed).total_seconds() / 3600 for stamp in stamps), default=0.0)
            waits[order].append(max(late, 0.0) if len(stamps) == len(systems) else None)
    found = {
        row[0]: row[1:]
        for row in built.rows("select order_id, lag_hours, is_synced from marts.mart_order_sync")
    }
    assert set(found) == set(waits)
    lags = {
        order: None if None in each else max(filter(None, each), default=0.0) for order, each in waits.items()
    }
    assert differing({order: row[0] for order, row in found.items()}, lags, 0.01) == {}
    assert all(is_synced == (None not in waits[order]) for order, (_, is_synced) in found.items())


def test_stock_and_what_of_it_is_idle(built: Warehouse, frames: Frames) -> None:
    stock = _stock(frames, built.as_of_on)
    found = {
        (warehouse, product): (float(on_hand), float(amount or 0), float(idle or 0))
        for warehouse, product, on_hand, amount, idle in built.rows(
            "select warehouse_id, product_id, quantity_on_hand, stock_amount, idle_amount"
            " from marts.mart_stock_position where quantity_on_hand > 0"
        )
    }
    assert set(found) == {place for place, (on_hand, *_) in stock.items() if on_hand > 0}
    for place, values in found.items():
        assert values == pytest.approx(stock[place], abs=0.01), place
    assert 0 < sum(idle for *_, idle in found.values()) < sum(amount for _, amount, _ in found.values())


def test_g4_has_little_of_the_short_model_and_much_of_the_covered_one(built: Warehouse) -> None:
    found = built.rows(
        "select product_id, sum(quantity_on_hand) from marts.mart_stock_position"
        " where product_id like 'P-G4-%' group by product_id order by product_id"
    )
    assert found == [("P-G4-COVERED", 800), ("P-G4-SHORT", 40)]


def test_safety_stock_and_reorder_point_of_every_position(built: Warehouse, frames: Frames) -> None:
    demands, leads = _demands(frames, built.as_of_on), _leads(frames)
    rows = built.rows(
        "select warehouse_id, product_id, quantity_position, quantity_available, daily_demand_quantity,"
        " safety_stock_quantity, reorder_point_quantity, supply_days, stockout_share"
        " from marts.mart_stock_position where demand_method_code <> 'none'"
    )
    assert len(rows) == len(demands)
    for warehouse, product, position, available, *found in rows:
        daily, sigma = demands[warehouse, product]
        lead, spread = leads[product]
        swing = math.sqrt(lead * sigma**2 + daily**2 * spread**2)
        short = 1 - statistics.NormalDist().cdf((float(position) - daily * lead) / swing)
        expected = (
            daily,
            1.645 * swing,
            daily * lead + 1.645 * swing,
            max(float(available), 0) / daily,
            short,
        )
        # Rates, deviations and days are rounded on the way.
        assert [float(value) for value in found] == pytest.approx(expected, abs=0.06, rel=0.002), product


def test_what_comes_and_what_is_promised(built: Warehouse, frames: Frames) -> None:
    open_lines = purchase_lines(frames, built.as_of_on).select(
        (pl.col("quantity") - pl.col("by_now")).clip(lower_bound=0).sum()
    ).item()  # fmt: skip
    production = frames["mes__production_orders"].filter(pl.col("finished_at").is_null())
    reserved = frames["erp__reservations"].filter(pl.col("status_code") == "open")
    held = set(frames["erp__reservations"].select("order_id", "product_id").iter_rows())
    claimed = sum(
        wanted
        for order, product, wanted in frames["wms__picks"].filter(pl.col("picked_at").is_null())
        .select("order_id", "product_id", "quantity_requested").iter_rows()
        if (order, product) not in held
    )  # fmt: skip
    found = built.row(
        "select sum(quantity_on_order - quantity_in_production) as bought,"
        " sum(quantity_in_production) as made, sum(quantity_reserved) as reserved,"
        " sum(quantity_claimed) as claimed from marts.mart_stock_position"
    )
    assert found == {
        "bought": open_lines,
        "made": production["quantity_planned"].sum(),
        "reserved": reserved["quantity"].sum(),
        "claimed": claimed,
    }


def test_the_idle_share_of_a_month_and_its_change(built: Warehouse, frames: Frames) -> None:
    earlier, later = dt.date(2024, 9, 30), dt.date(2025, 9, 30)
    shares = []
    for end in (earlier, later):
        stock = _stock(frames, end)
        shares.append(
            sum(idle for *_, idle in stock.values()) / sum(amount for _, amount, _ in stock.values())
        )
    found = built.row(
        "select sum(idle_amount) / sum(stock_amount) as idle_share,"
        " sum(earlier_idle_amount) / sum(earlier_stock_amount) as earlier_share"
        " from marts.mart_stock_month where period_on = date '2025-09-01'"
    )
    assert [found["earlier_share"], found["idle_share"]] == pytest.approx(shares, abs=0.0001)
    for relative, points, idle, stock, idle_then, stock_then in built.rows(
        "select idle_change_share, idle_change_points, idle_amount, stock_amount, earlier_idle_amount,"
        " earlier_stock_amount from marts.mart_stock_month where earlier_idle_amount > 0 and stock_amount > 0"
    ):
        now, before = float(idle) / float(stock), float(idle_then) / float(stock_then)
        assert float(points) == pytest.approx(100 * (now - before), abs=0.01)
        assert float(relative) == pytest.approx(now / before - 1, abs=0.0001)


def test_transfers_go_from_the_richest_to_the_most_urgent(built: Warehouse, frames: Frames) -> None:
    positions = built.rows(
        "select product_id, warehouse_id, quantity_available, quantity_position, reorder_point_quantity,"
        " stockout_share from marts.mart_stock_position"
    )
    found = built.rows(
        "select product_id, from_warehouse_id, to_warehouse_id, quantity, freight_amount"
        " from marts.mart_transfer_proposal"
    )
    expected = _transfers(positions)
    assert {row[:3]: row[3] for row in found} == expected
    assert expected
    weights = dict(frames["erp__products"].select("product_id", "weight_kg").iter_rows())
    regions = dict(frames["wms__warehouses"].select("warehouse_id", "region_code").iter_rows())
    for product, giver, taker, quantity, freight in found:
        cost = _freight(frames, regions[giver], regions[taker], weights[product] * float(quantity))
        assert float(freight) == pytest.approx(cost, abs=0.011)


def _firsts(frame: pl.DataFrame) -> dict[tuple[str, int], dt.datetime]:
    firsts = frame.group_by("order_id", "line_no").agg(pl.col("received_at").min())
    return {(order, line): stamp for order, line, stamp in firsts.iter_rows()}


def _movements(frames: Frames, day: dt.date) -> list[tuple[Place, dt.date, str, float]]:
    return [
        ((row["warehouse_id"], row["product_id"]), moved, row["kind_code"], float(row["quantity"]))
        for row in frames["erp__stock_movements"].iter_rows(named=True)
        if (moved := (row["moved_at"] + EIGHT_HOURS).date()) <= day
    ]


def _stock(frames: Frames, day: dt.date) -> dict[Place, tuple[float, float, float]]:
    """By warehouse and product what lies there on a day of counts, its value and the idle value of it."""
    newest = {
        (row["warehouse_id"], row["product_id"]): row
        for row in frames["erp__inventory"]
        .filter(pl.col("stock_on") <= day)
        .sort("stock_on")
        .iter_rows(named=True)
    }
    since = _still_since(frames, day)
    held: dict[Place, float] = defaultdict(float)
    for row in frames["erp__reservations"].iter_rows(named=True):
        if row["reserved_on"] <= day < (row["released_on"] or dt.date.max):
            held[row["warehouse_id"], row["product_id"]] += float(row["quantity"])
    costs = dict(frames["erp__products"].select("product_id", "standard_cost_amount").iter_rows())
    found = {}
    for place, quantity in _on_hand(frames, newest, day).items():
        there = max(quantity, 0)
        cost = float(newest[place]["unit_cost_amount"] if place in newest else costs[place[1]])
        idle = max(there - held[place], 0) if (day - since[place]).days >= 90 else 0
        found[place] = there, there * cost, idle * cost
    return found


def _on_hand(frames: Frames, newest: dict[Place, dict[str, Any]], day: dt.date) -> dict[Place, float]:
    """As counted on the day; on the last day also what was counted earlier, with what moved since."""
    is_last = day == frames["erp__inventory"]["stock_on"].max()
    found = {
        place: float(row["quantity_on_hand"])
        for place, row in newest.items()
        if is_last or row["stock_on"] == day
    }
    for place, moved, _, quantity in _movements(frames, day) if is_last else ():
        if place not in newest or moved > newest[place]["stock_on"]:
            found[place] = found.get(place, 0) + quantity
    return found


def _still_since(frames: Frames, day: dt.date) -> dict[Place, dt.date]:
    """The last issue up to a day, else the day the goods were first seen."""
    issued: dict[Place, list[dt.date]] = defaultdict(list)
    seen: dict[Place, list[dt.date]] = defaultdict(list)
    for place, moved, kind, _ in _movements(frames, day):
        seen[place].append(moved)
        if kind == "issue":
            issued[place].append(moved)
    for row in frames["erp__inventory"].filter(pl.col("stock_on") <= day).iter_rows(named=True):
        place = row["warehouse_id"], row["product_id"]
        seen[place] += filter(None, (row["stock_on"], row["last_received_on"]))
        issued[place] += filter(None, [row["last_issued_on"]])
    return {place: max(issued[place]) if issued[place] else min(days) for place, days in seen.items()}


def _demands(frames: Frames, day: dt.date) -> dict[Place, tuple[float, float]]:
    """Mean and deviation of what places gave out a day, of those that gave something within a year."""
    movements = _movements(frames, day)
    starts: dict[Place, dt.date] = {}
    daily: dict[Place, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for place, moved, kind, quantity in movements:
        starts[place] = min(starts.get(place, moved), moved)
        if kind == "issue" and (age := (day - moved).days) < 365:
            daily[place][age] -= quantity
    found = {}
    for place, by_age in daily.items():
        known = (day - starts[place]).days + 1
        year = [by_age.get(age, 0.0) for age in range(min(known, 365))]
        recent = year[:90]
        found[place] = statistics.mean(recent if sum(recent) else year), statistics.stdev(year)
    return found


def _leads(frames: Frames) -> dict[str, tuple[float, float]]:
    lines = frames["erp__purchase_lines"].select("purchase_order_id", "line_no", "product_id")
    receipts = receipt_lines(frames).join(lines, on=["purchase_order_id", "line_no"])
    leads = grouped(receipts.select("product_id", "lead").iter_rows())
    told = dict(frames["erp__products"].select("product_id", "lead_time_days").iter_rows())
    return {
        product: (statistics.mean(leads[product]), statistics.stdev(leads[product]))
        if len(leads.get(product, ())) > 1
        else (days, 0.0)
        for product, days in told.items()
    }


def _transfers(positions: list[tuple[Any, ...]]) -> dict[tuple[str, str, str], Decimal]:
    """Piece by piece: the most urgent takes from the richest until it has enough or the richest has none."""
    givers: dict[str, list[list[Any]]] = defaultdict(list)
    takers: dict[str, list[list[Any]]] = defaultdict(list)
    for product, warehouse, available, position, reorder, risk in positions:
        spare = math.floor(min(available, position) - (reorder or 0))
        if spare > 0:
            givers[product].append([-spare, warehouse])
        if reorder is not None and position < reorder:
            takers[product].append([-risk, warehouse, math.ceil(reorder - position)])
    moves: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for product, wants in takers.items():
        stores = sorted(givers[product])
        for _, taker, lacking in sorted(wants):
            left = lacking
            while left and stores:
                moved = min(left, -stores[0][0])
                moves[product, stores[0][1], taker] += moved
                left -= moved
                stores[0][0] += moved
                if not stores[0][0]:
                    stores.pop(0)
    return dict(moves)


def _freight(frames: Frames, origin: str, destination: str, weight: float) -> float:
    return min(
        float(row["base_amount"]) + float(row["price_per_kg_amount"]) * weight
        for row in frames["ref__freight_tariffs"].iter_rows(named=True)
        if (row["origin_region_code"], row["destination_region_code"]) == (origin, destination)
        and row["min_weight_kg"] <= weight < (row["max_weight_kg"] or math.inf)
    )
