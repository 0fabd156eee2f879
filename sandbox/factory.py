"""Factory, warehouses and transport: what happens to an order on its way, and what stays in stock."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from sandbox.catalogue import Catalogue, Product
from sandbox.geography import distance_km
from sandbox.purchasing import Delivery
from sandbox.sales import Order, OrderLine
from sandbox.world import START, World, days, moment, pick


def write_fulfilment(world: World, orders: list[Order], catalogue: Catalogue) -> None:
    """Write production, picking, shipping and the issues from stock of every order."""
    for order in orders:
        place = order.project.city if order.project else order.customer.city
        warehouse = catalogue.nearest_warehouse(place)
        for line in order.lines:
            if line.product.capacity_kw:
                _production(world, order, line)
            _pick(world, order, line, warehouse)
        _shipment(world, order, warehouse, catalogue)


def _production(world: World, order: Order, line: OrderLine) -> None:
    dice = world.dice("production", order.order_id, line.line_no)
    received = moment(dice, order.ordered_on + days(dice.integers(0, 2)))
    if not world.has_come(received):
        return
    finish = max(line.shipped_on - days(2), order.ordered_on + days(3))
    start = max(order.ordered_on + days(1), finish - days(line.product.lead_time_days / 2))
    started, finished = moment(dice, start, 8, 10), moment(dice, finish, 15, 18)
    done = world.seen(finished)
    world.add(
        "mes__production_orders",
        production_order_id=f"MO-{order.order_id}-{line.line_no}",
        order_id=order.order_id,
        line_no=line.line_no,
        product_id=line.product.product_id,
        project_id=order.project.project_id if order.project else None,
        plant_code="QD1" if line.product.capacity_kw > 60 else "QD2",
        line_code=line.product.category,
        priority_code="priority" if order.project and order.amount > 3_000_000 else "normal",
        quantity_planned=line.quantity,
        quantity_finished=line.quantity if done else 0,
        quantity_scrapped=int(dice.binomial(line.quantity, 0.01)) if done else 0,
        received_at=received,
        planned_start_on=start,
        planned_finish_on=finish,
        started_at=world.seen(started),
        finished_at=done,
        status_code="finished" if done else "in_production" if world.has_come(started) else "scheduled",
    )


def _pick(world: World, order: Order, line: OrderLine, warehouse: str) -> None:
    dice = world.dice("pick", order.order_id, line.line_no)
    received = moment(dice, order.ordered_on + days(dice.integers(0, 2)))
    if not world.has_come(received):
        return
    started = moment(dice, line.shipped_on, 8, 11)
    picked = world.seen(started + timedelta(minutes=int(dice.integers(10, 180))))
    world.add(
        "wms__picks",
        pick_id=f"PK-{order.order_id}-{line.line_no}",
        order_id=order.order_id,
        line_no=line.line_no,
        warehouse_id=warehouse,
        product_id=line.product.product_id,
        quantity_requested=line.quantity,
        quantity_picked=line.quantity if picked else 0,
        received_at=received,
        started_at=world.seen(started),
        picked_at=picked,
        status_code="picked" if picked else "received",
    )
    if not picked:
        return
    if line.product.capacity_kw:
        _move(world, order, line, warehouse, picked - timedelta(hours=20), is_issue=False)
    _move(world, order, line, warehouse, picked, is_issue=True)


def _move(
    world: World, order: Order, line: OrderLine, warehouse: str, when: datetime, *, is_issue: bool
) -> None:
    world.add(
        "erp__stock_movements",
        movement_id=f"MV-{order.order_id}-{line.line_no}-{'OUT' if is_issue else 'IN'}",
        product_id=line.product.product_id,
        warehouse_id=warehouse,
        moved_at=when,
        kind_code="issue" if is_issue else "receipt",
        quantity=-line.quantity if is_issue else line.quantity,
        order_id=order.order_id,
        project_id=order.project.project_id if order.project else None,
    )


def _shipment(world: World, order: Order, warehouse: str, catalogue: Catalogue) -> None:
    dice = world.dice("shipment", order.order_id)
    shipped = moment(dice, max(line.shipped_on for line in order.lines), 17, 20)
    if not world.has_come(order.ordered_on + days(1)):
        return
    place = order.project.city if order.project else order.customer.city
    weight = sum(line.product.weight_kg * line.quantity for line in order.lines)
    delivered = world.seen(moment(dice, order.delivered_on, 9, 16))
    world.add(
        "wms__shipments",
        shipment_id=f"SH-{order.order_id}",
        order_id=order.order_id,
        project_id=order.project.project_id if order.project else None,
        warehouse_id=warehouse,
        site_id=order.project.site_id if order.project else None,
        carrier_code=pick(dice, ("SF", "DB", "ZTO", "RRS")),
        mode_code="road",
        package_count=sum(line.quantity for line in order.lines),
        weight_kg=round(weight, 1),
        distance_km=round(distance_km(catalogue.warehouses[warehouse], place) + 30, 1),
        freight_amount=round(180 + weight * 0.6, 2),
        currency_code="CNY",
        promised_on=order.delivered_on,
        shipped_at=world.seen(shipped),
        delivered_at=delivered,
        status_code="delivered" if delivered else "in_transit" if world.has_come(shipped) else "planned",
    )


def write_stock(world: World, deliveries: list[Delivery], catalogue: Catalogue) -> None:
    """Write materials drawn for work, month-end stock of the materials, and reservations."""
    stock: dict[tuple[str, str], list[tuple[date, float]]] = defaultdict(list)
    products = {one.product_id: one for one in catalogue.materials}
    for delivery in deliveries:
        key = (delivery.warehouse_id, delivery.product.product_id)
        stock[key].append((delivery.booked_on, delivery.accepted))
        stock[key] += _drawn(world, delivery)
    for (warehouse, product_id), moves in sorted(stock.items()):
        _month_ends(world, warehouse, products[product_id], sorted(moves))


def _drawn(world: World, delivery: Delivery) -> list[tuple[date, float]]:
    """Most of a delivery is used within weeks; some of it lies idle."""
    dice = world.dice("drawn", delivery.receipt_id)
    if dice.random() < 0.12:
        return []
    day = delivery.booked_on + days(dice.integers(2, 45))
    quantity = float(int(delivery.accepted * float(dice.uniform(0.7, 1.0))))
    if quantity > 0 and world.has_come(day):
        world.add(
            "erp__stock_movements",
            movement_id=f"MV-USE-{delivery.receipt_id}",
            product_id=delivery.product.product_id,
            warehouse_id=delivery.warehouse_id,
            moved_at=moment(dice, day),
            kind_code="issue",
            quantity=-quantity,
        )
    return [(day, -quantity)]


def _month_ends(world: World, warehouse: str, product: Product, moves: list[tuple[date, float]]) -> None:
    month, place, on_hand = START.replace(month=2), 0, 0.0
    last: dict[bool, date] = {}
    while (end := month - timedelta(days=1)) <= world.until:
        month = (month + timedelta(days=32)).replace(day=1)
        while place < len(moves) and moves[place][0] <= end:
            day, quantity = moves[place]
            on_hand += quantity
            last[quantity > 0] = day
            place += 1
        if on_hand <= 0:
            continue
        world.add(
            "erp__inventory",
            warehouse_id=warehouse,
            product_id=product.product_id,
            stock_on=end,
            quantity_on_hand=on_hand,
            quantity_reserved=0,
            quantity_on_order=0,
            unit_cost_amount=product.cost,
            currency_code="CNY",
            last_issued_on=last.get(False),
            last_received_on=last[True],
        )


def write_reservations(world: World, orders: list[Order], catalogue: Catalogue) -> None:
    """Write what each project order holds in its warehouse until it ships."""
    for order in orders:
        if order.project is None:
            continue
        for line in order.lines:
            released = world.seen(line.shipped_on)
            world.add(
                "erp__reservations",
                reservation_id=f"RS-{order.order_id}-{line.line_no}",
                product_id=line.product.product_id,
                warehouse_id=catalogue.nearest_warehouse(order.project.city),
                project_id=order.project.project_id,
                order_id=order.order_id,
                quantity=line.quantity,
                reserved_on=order.ordered_on,
                needed_on=order.project.last("DELIVERY").planned_finish,
                released_on=released,
                status_code="issued" if released else "open",
            )
