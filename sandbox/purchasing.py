"""Purchasing: orders to suppliers, deliveries in parts, rejects; late suppliers hold projects up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from sandbox.catalogue import RELIABILITY, Catalogue, Product, Supplier
from sandbox.projects import Project
from sandbox.reference import Staff
from sandbox.sizes import sizes
from sandbox.world import START, World, days, moment, pick


@dataclass(frozen=True)
class Wish:
    """Goods wanted: what, how much, by when, for which project."""

    product: Product
    quantity: int
    needed_on: date


@dataclass(frozen=True)
class Delivery:
    """One arrival of goods on an order's line; the books know of it from ``booked_on``."""

    receipt_id: str
    product: Product
    warehouse_id: str
    received_on: date
    booked_on: date
    accepted: float


@dataclass(frozen=True)
class Arrival:
    """A part of an order's line that came in; it shows in the books from ``booked_on``."""

    part: int
    received_on: date
    booked_on: date
    quantity: int
    rejected: int
    moved_at: datetime


@dataclass(frozen=True)
class Purchase:
    """An order to a supplier; ``project`` is None for stock."""

    order_id: str
    supplier: Supplier
    ordered_on: date
    project: Project | None


def buy_for_project(
    world: World, project: Project, catalogue: Catalogue, staff: Staff, start: date
) -> list[Delivery]:
    """Order a project's materials when its ordering phase begins on ``start``; returns what arrives when."""
    if project.is_cancelled:
        return []
    dice = world.dice("materials", project.code)
    delivery = project.last("DELIVERY")
    lines = int(dice.integers(38, 55))
    wishes = [
        Wish(
            pick(dice, catalogue.materials),
            max(2, round(float(dice.lognormal(3, 0.8)) * project.size)),
            delivery.planned_finish,
        )
        for _ in range(lines)
    ]
    by_supplier: dict[str, tuple[Supplier, list[Wish]]] = {}
    asked = {
        name: [_choose(dice, sellers) for _ in range(2)] for name, sellers in catalogue.categories().items()
    }
    for wish in wishes:
        chosen = pick(dice, asked[wish.product.category])
        by_supplier.setdefault(chosen.supplier_id, (chosen, []))[1].append(wish)
    deliveries: list[Delivery] = []
    for number, (supplier, group) in enumerate(by_supplier.values(), start=1):
        ordered = start + days(dice.integers(0, 5))
        order = Purchase(f"PO-{project.code}-{number:02d}", supplier, ordered, project)
        deliveries += _order(world, order, group, catalogue, staff)
    return deliveries


def _choose(dice: np.random.Generator, sellers: list[Supplier]) -> Supplier:
    """Buyers know their suppliers a little: the steady ones get more orders."""
    return pick(dice, sellers, [{"steady": 6, "usual": 4, "poor": 1}[one.reliability] for one in sellers])


def replenish(world: World, catalogue: Catalogue, staff: Staff) -> list[Delivery]:
    """Buy stock for the warehouses, more often the larger they are, whatever the projects need."""
    deliveries: list[Delivery] = []
    dice = world.dice("replenish")
    gap = 365 / sizes(world.scale).stock_orders_a_year
    moment_, number = float(START.toordinal()), 0
    while True:
        number += 1
        moment_ += gap * float(dice.uniform(0.5, 1.5))
        day = date.fromordinal(int(moment_))
        if not world.has_come(day):
            return deliveries
        deliveries += _stock_order(world, number, day, catalogue, staff)


def _stock_order(world: World, number: int, day: date, catalogue: Catalogue, staff: Staff) -> list[Delivery]:
    dice = world.dice("replenish", number)
    supplier = pick(dice, catalogue.suppliers)
    goods = [one for one in catalogue.materials if one.category == supplier.category]
    needed = day + timedelta(days=supplier.quoted_days)
    wishes = [
        Wish(pick(dice, goods), int(dice.integers(20, 200)), needed) for _ in range(int(dice.integers(2, 7)))
    ]
    order = Purchase(f"PO-ST-{number:04d}", supplier, day, None)
    return _order(world, order, wishes, catalogue, staff)


def _order(
    world: World, order: Purchase, wishes: list[Wish], catalogue: Catalogue, staff: Staff
) -> list[Delivery]:
    """Place an order for all wishes with one promised day; returns everything that will arrive."""
    dice = world.dice("po", order.order_id)
    wanted = min(one.needed_on for one in wishes)
    promised = max(order.ordered_on + days(order.supplier.quoted_days), wanted - days(14))
    if order.project:
        warehouse = catalogue.nearest_warehouse(order.project.city)
    else:
        warehouse = pick(dice, list(catalogue.warehouses))
    buyer = pick(dice, staff.by_role["procurement"])
    deliveries, total = [], 0.0
    for line, wish in enumerate(wishes, start=1):
        price = wish.product.cost * float(dice.uniform(0.95, 1.08))
        total += round(price * wish.quantity, 2)
        parts = _deliveries(world, order, line, wish, promised, warehouse)
        deliveries += parts
        if world.has_come(order.ordered_on):
            _line(world, order, line, wish, promised, price, max(one.received_on for one in parts))
    if world.has_come(order.ordered_on):
        world.add(
            "erp__purchase_orders",
            purchase_order_id=order.order_id,
            supplier_id=order.supplier.supplier_id,
            project_id=order.project.project_id if order.project else None,
            buyer_id=buyer,
            ordered_on=order.ordered_on,
            confirmed_on=world.seen(_confirmed_on(world, order)),
            requested_on=wanted,
            promised_on=promised,
            status_code=_status(world, deliveries),
            total_amount=total,
            currency_code="CNY",
        )
    return deliveries


def _confirmed_on(world: World, order: Purchase) -> date:
    """Suppliers answer within days, the less steady later."""
    slowest = {"steady": 3, "usual": 6, "poor": 12}[order.supplier.reliability]
    return order.ordered_on + days(world.dice("confirmed", order.order_id).integers(0, slowest + 1))


def write_golden_order(
    world: World,
    order: Purchase,
    lines: list[tuple[Product, int]],
    promised: date,
    arrives: date,
    told: date,
    staff: Staff,
) -> None:
    """Write an order of fixed lines, promised for one day; from ``told`` on its new date is known."""
    if not world.has_come(order.ordered_on):
        return
    for line, (product, quantity) in enumerate(lines, start=1):
        last = arrives if world.has_come(told) else promised
        _write_line(world, order, line, Wish(product, quantity, promised), promised, product.cost, last)
    world.add(
        "erp__purchase_orders",
        purchase_order_id=order.order_id,
        supplier_id=order.supplier.supplier_id,
        project_id=order.project.project_id if order.project else None,
        buyer_id=staff.by_role["procurement"][0],
        ordered_on=order.ordered_on,
        confirmed_on=world.seen(order.ordered_on + timedelta(days=1)),
        requested_on=promised,
        promised_on=promised,
        status_code="received" if world.has_come(arrives) else "confirmed",
        total_amount=sum(round(product.cost * quantity, 2) for product, quantity in lines),
        currency_code="CNY",
    )


def _status(world: World, deliveries: list[Delivery]) -> str:
    arrived = sum(world.has_come(one.booked_on) for one in deliveries)
    return "received" if arrived == len(deliveries) else "part_received" if arrived else "confirmed"


def _line(
    world: World, order: Purchase, line: int, wish: Wish, promised: date, price: float, last: date
) -> None:
    is_told = last > promised + days(3) and world.has_come(promised - days(3))
    _write_line(world, order, line, wish, promised, price, last if is_told else promised)


def _write_line(
    world: World, order: Purchase, line: int, wish: Wish, promised: date, price: float, current: date
) -> None:
    world.add(
        "erp__purchase_lines",
        purchase_order_id=order.order_id,
        line_no=line,
        supplier_id=order.supplier.supplier_id,
        product_id=wish.product.product_id,
        milestone_id=order.project.last("DELIVERY").milestone_id if order.project else None,
        description=wish.product.name,
        quantity=wish.quantity,
        unit_price_amount=price,
        line_amount=price * wish.quantity,
        freight_amount=round(wish.product.weight_kg * wish.quantity * 0.8, 2),
        currency_code="CNY",
        requested_on=wish.needed_on,
        promised_on=promised,
        current_promised_on=current,
        quoted_lead_time_days=order.supplier.quoted_days,
    )


def _deliveries(
    world: World, order: Purchase, line: int, wish: Wish, promised: date, warehouse: str
) -> list[Delivery]:
    """Goods come in one to three parts; the last part decides whether the line was on time."""
    dice = world.dice("receipt", order.order_id, line)
    mean, spread, reject = RELIABILITY[order.supplier.reliability]
    parts = int(pick(dice, (1, 2, 3), (6, 3, 1))) if wish.quantity >= 6 else 1
    late = float(dice.normal(mean, spread)) if dice.random() < 0.93 else float(dice.gamma(2, max(mean, 2)))
    found = []
    left = wish.quantity
    for part in range(1, parts + 1):
        quantity = left if part == parts else wish.quantity // parts
        left -= quantity
        day = max(promised + days(late - 4 * (parts - part)), order.ordered_on + days(2))
        rejected = int(dice.binomial(quantity, reject)) if dice.random() < 0.5 else 0
        # Most goods are booked within two days; some papers lie about for a week.
        booked = day + days(dice.integers(3, 13) if dice.random() < 0.02 else dice.integers(0, 3))
        arrival = Arrival(part, day, booked, quantity, rejected, moment(dice, booked))
        name = f"{order.order_id}-{line:02d}-{part}"
        found.append(Delivery(name, wish.product, warehouse, day, booked, quantity - rejected))
        write_receipt(world, order, line, wish.product, warehouse, arrival)
    return found


def write_receipt(
    world: World, order: Purchase, line: int, product: Product, warehouse: str, arrival: Arrival
) -> None:
    """Write an arrival and its movement into stock, once they are booked."""
    if not world.has_come(arrival.booked_on):
        return
    receipt_id = f"{order.order_id}-{line:02d}-{arrival.part}"
    accepted = arrival.quantity - arrival.rejected
    world.add(
        "erp__receipts",
        receipt_id=receipt_id,
        purchase_order_id=order.order_id,
        line_no=line,
        supplier_id=order.supplier.supplier_id,
        warehouse_id=warehouse,
        received_on=arrival.received_on,
        recorded_on=arrival.booked_on,
        quantity_received=arrival.quantity,
        quantity_accepted=accepted,
        quantity_rejected=arrival.rejected,
    )
    world.add(
        "erp__stock_movements",
        movement_id=f"MV-{receipt_id}",
        product_id=product.product_id,
        warehouse_id=warehouse,
        moved_at=arrival.moved_at,
        kind_code="receipt",
        quantity=accepted,
        purchase_order_id=order.order_id,
    )
