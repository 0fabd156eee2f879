"""Customer orders: the equipment of projects, and small orders until a customer falls silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sandbox.catalogue import Catalogue, Product
from sandbox.customers import Customer
from sandbox.projects import Project
from sandbox.reference import Term, coming_term
from sandbox.world import START, World, days, moment, pick


@dataclass(frozen=True)
class OrderLine:
    """A line of an order and the truth of its delivery."""

    line_no: int
    product: Product
    quantity: int
    amount: float
    shipped_on: date
    delivered_on: date


@dataclass(frozen=True)
class Order:
    """An order and the truth of its delivery."""

    order_id: str
    customer: Customer
    project: Project | None
    ordered_on: date
    lines: tuple[OrderLine, ...]

    @property
    def amount(self) -> float:
        """Sum of the lines."""
        return sum(line.amount for line in self.lines)

    @property
    def delivered_on(self) -> date:
        """Day the last line arrived."""
        return max(line.delivered_on for line in self.lines)


def project_order(world: World, project: Project) -> list[Order]:
    """The one order of a project, placed when the contract is signed and delivered with the milestone."""
    if project.is_cancelled or not world.has_come(project.signed_on):
        return []
    arrived = project.last("DELIVERY").finish
    lines = [
        order_line(line, product, count, 0.0, arrived - timedelta(days=3), arrived)
        for line, (product, count) in enumerate(project.equipment, start=1)
    ]
    order = Order(f"SO-P{project.code}", project.customer, project, project.signed_on, tuple(lines))
    write_order(world, order, project.last("DELIVERY").planned_finish, 0.0)
    return [order]


def small_orders(world: World, customers: list[Customer], catalogue: Catalogue) -> list[Order]:
    """Spare parts and single units; each customer has a rhythm, schools buy before term begins."""
    orders = []
    for customer in customers:
        dice = world.dice("rhythm", customer.customer_id)
        day, number = max(customer.since_on, START), 0
        while True:
            day += timedelta(days=2 + int(dice.exponential(365 / customer.orders_a_year)))
            if not world.has_come(day):
                break
            number += 1
            if not customer.is_silent(day):
                orders += _small_order(world, customer, number, day, catalogue)
    return orders


def _small_order(
    world: World, customer: Customer, number: int, day: date, catalogue: Catalogue
) -> list[Order]:
    dice = world.dice("order", customer.customer_id, number)
    season, term = _season(customer, day)
    small = [one for one in catalogue.equipment if one.capacity_kw < 10]
    found = []
    # In season a customer who wants to buy buys several times.
    for copy in range(max(1, int(dice.poisson(season)))):
        lines = []
        discount = float(pick(dice, (0, 0, 3, 5, 8)))
        lead = int(dice.integers(6, 20))
        late = max(0, round(float(dice.normal(0.5, 3))))
        for line in range(1, 1 + int(dice.integers(1, 5))):
            product = pick(dice, small if dice.random() < 0.6 else catalogue.materials)
            quantity = max(1, round(float(dice.lognormal(1.6, 0.8)) * season))
            arrived = day + timedelta(days=lead + late + copy)
            lines.append(order_line(line, product, quantity, discount, arrived - timedelta(days=2), arrived))
        order_id = f"SO-{customer.customer_id}-{number:03d}{'ABCDEFGHIJ'[min(copy, 9)]}"
        order = Order(order_id, customer, None, day, tuple(lines))
        if copy < 10:
            write_order(world, order, day + timedelta(days=lead + copy), discount)
            _return(world, order)
            found.append(order)
            if term:
                world.cause("school_term", term.term_id, "demand", order_id, season, day)
    return found


def _season(customer: Customer, day: date) -> tuple[float, Term | None]:
    """Demand against the year's mean: summer for all, the weeks before a term for schools; and that term."""
    summer = 1.0 + 0.5 * float(np.sin((day.timetuple().tm_yday - 105) / 365 * 2 * np.pi))
    if customer.segment != "school":
        return summer, None
    term, left = coming_term(day)
    rush = 2.2 if term.starts_on.month == 9 else 1.6
    return (summer * rush, term) if (left <= 62 and rush > 2) or left <= 20 else (summer * 0.6, None)


def order_line(
    number: int, product: Product, quantity: int, discount: float, shipped: date, arrived: date
) -> OrderLine:
    """A line at list price less its discount."""
    amount = round(product.price * quantity * (1 - discount / 100), 2)
    return OrderLine(number, product, quantity, amount, shipped, arrived)


def write_order(world: World, order: Order, promised: date, discount: float) -> None:
    """Write an order with its lines."""
    dice = world.dice("order", "write", order.order_id)
    delivered = world.seen(order.delivered_on)
    shipped = any(world.has_come(line.shipped_on) for line in order.lines)
    ordered_at = moment(dice, order.ordered_on)
    world.add(
        "erp__orders",
        order_id=order.order_id,
        customer_id=order.customer.customer_id
        if order.project
        else order.customer.booked_as(order.ordered_on),
        project_id=order.project.project_id if order.project else None,
        contract_id=order.project.contract_id if order.project else None,
        status_code="delivered" if delivered else "shipped" if shipped else "in_production",
        ordered_at=ordered_at,
        confirmed_at=ordered_at + timedelta(minutes=int(dice.integers(5, 240))),
        requested_on=promised - days(dice.integers(0, 8)),
        promised_on=promised,
        delivered_on=delivered,
        channel_code="project" if order.project else pick(dice, ("key_account", "portal", "phone")),
        total_amount=order.amount,
        currency_code="CNY",
    )
    for line in order.lines:
        world.add(
            "erp__order_lines",
            order_id=order.order_id,
            line_no=line.line_no,
            product_id=line.product.product_id,
            kind_code="sale",
            quantity=line.quantity,
            unit_price_amount=line.product.price,
            discount_pct=discount,
            line_amount=line.amount,
            freight_amount=round(line.product.weight_kg * line.quantity * 0.6, 2),
            currency_code="CNY",
            requested_on=promised,
            promised_on=promised,
            shipped_on=world.seen(line.shipped_on),
            delivered_on=world.seen(line.delivered_on),
        )


def _return(world: World, order: Order) -> None:
    """Now and then a part comes back a week later, as a line of its own."""
    dice = world.dice("return", order.order_id)
    line = order.lines[0]
    back = line.delivered_on + timedelta(days=7)
    if dice.random() < 0.03 and world.has_come(back):
        world.add(
            "erp__order_lines",
            order_id=order.order_id,
            line_no=len(order.lines) + 1,
            product_id=line.product.product_id,
            kind_code="return",
            quantity=-1,
            unit_price_amount=line.product.price,
            discount_pct=0,
            line_amount=-line.product.price,
            currency_code="CNY",
            delivered_on=back,
        )
