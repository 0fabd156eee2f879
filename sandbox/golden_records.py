"""The golden cases without a project: a campus peak (G4), sequences of ratings (G5), split receipts (G6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sandbox.catalogue import Catalogue, Product, Supplier, write_product, write_supplier
from sandbox.customers import Customer
from sandbox.geography import city
from sandbox.golden import golden_customer, tell
from sandbox.purchasing import Arrival, Purchase, write_golden_order, write_receipt
from sandbox.reference import Staff
from sandbox.sales import Order, OrderLine, order_line, write_order
from sandbox.service import write_rating
from sandbox.world import START, World

#: G4: month and day on which the campuses begin to buy, and what they take of each model.
PEAK = (7, 10)
_MODELS = (
    ("P-G4-SHORT", "校园分体空调 3.5kW(缺口机型)", 40),
    ("P-G4-COVERED", "校园分体空调 7.2kW(备足机型)", 800),
)
_CAMPUSES = (
    ("广州新城师范大学", "广州", 120),
    ("南京正源职业技术学院", "南京", 80),
    ("西安长青外国语学校", "西安", 100),
)
#: G5: stars by customer, in March; of the last one two more in May, when its first care plan is closed.
SEQUENCES = {"G5-C1": (2, 2), "G5-C2": (2, 3, 2), "G5-C3": (3, 3), "G5-C4": (2, 2, 2), "G5-C5": (2, 2)}
SECOND = {"G5-C5": (1, 2)}
PLANS = {"G5-C1": 1, "G5-C2": 0, "G5-C3": 0, "G5-C4": 1, "G5-C5": 2}


def write_golden_records(world: World, staff: Staff, catalogue: Catalogue) -> list[Order]:
    """Write G4, G5 and G6 as far as they have come; returns the orders of G4, to be fulfilled like others."""
    _ratings(world, staff)
    _split_receipts(world, staff, catalogue)
    return _peak(world, staff, catalogue)


def _years(world: World) -> range:
    return range(START.year, world.until.year + 1)


def _peak(world: World, staff: Staff, catalogue: Catalogue) -> list[Order]:
    """G4: three campuses buy in the same weeks of each July; one model is short then, the other covered."""
    products = []
    for product_id, name, on_hand in _MODELS:
        product = Product(product_id, name, "split_unit", 3200.0, 2100.0, 45.0, 10, 3.5)
        write_product(world, product, product_id[2:], "pcs")
        products.append((product, on_hand))
    _stock(world, products, catalogue)
    schools = [
        golden_customer(world, staff, f"G4-C{number}", name, "school", place)
        for number, (name, place, _) in enumerate(_CAMPUSES, start=1)
    ]
    tell(world, "G4", "peak_month_and_day", f"{PEAK[0]:02d}-{PEAK[1]:02d}")
    tell(world, "G4", "short_product_id", _MODELS[0][0])
    tell(world, "G4", "covered_product_id", _MODELS[1][0])
    return [order for school in schools for order in _school_orders(world, school, products)]


def _school_orders(world: World, school: Customer, products: list[tuple[Product, int]]) -> list[Order]:
    """A dozen units each month, and in July as many as fill a campus."""
    number = int(school.customer_id[-1])
    peak = _CAMPUSES[number - 1][2]
    found = []
    for year in _years(world):
        for month in range(1, 13):
            is_peak = month == PEAK[0]
            day = date(year, month, PEAK[1] + 4 * (number - 1))
            if not world.has_come(day):
                return found
            arrives = day + timedelta(days=12)
            lines: tuple[OrderLine, ...] = tuple(
                order_line(
                    line, product, peak if is_peak else 4 + (month + number) % 3, 0.0,
                    arrives - timedelta(days=2), arrives,
                )
                for line, (product, _) in enumerate(products, start=1)
            )  # fmt: skip
            order = Order(f"SO-G4-{number}-{year}{month:02d}", school, None, day, lines)
            write_order(world, order, arrives, 0.0)
            found.append(order)
    return found


def _stock(world: World, products: list[tuple[Product, int]], catalogue: Catalogue) -> None:
    """The same stock at each month's end: refilled as it is drawn."""
    warehouse = next(iter(catalogue.warehouses))
    for product, on_hand in products:
        month = START.replace(month=2)
        while (end := month - timedelta(days=1)) <= world.until:
            month = (month + timedelta(days=32)).replace(day=1)
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
                last_issued_on=end - timedelta(days=2),
                last_received_on=end - timedelta(days=3),
            )


def _ratings(world: World, staff: Staff) -> None:
    """G5: each year the same sequences, with five stars in autumn between one year's and the next's."""
    for number, (customer_id, stars) in enumerate(SEQUENCES.items(), start=1):
        customer = golden_customer(
            world, staff, customer_id, f"成都润和{number}号商业管理有限公司", "retail", "成都"
        )
        tell(world, "G5", f"{customer_id} care_plans_a_year", PLANS[customer_id])
        for year in _years(world):
            days = [(date(year, 3, 10) + timedelta(days=10 * place), one) for place, one in enumerate(stars)]
            second = SECOND.get(customer_id, ())
            days += [
                (date(year, 5, 10) + timedelta(days=10 * place), one) for place, one in enumerate(second)
            ]
            for place, (day, one) in enumerate([*days, (date(year, 9, 1), 5)], start=1):
                _rated_order(world, staff, customer, f"{customer_id}-{year}-{place}", day, one)


def _rated_order(world: World, staff: Staff, customer: Customer, name: str, day: date, stars: int) -> None:
    if not world.has_come(day):
        return
    rated = datetime.combine(day, datetime.min.time()) + timedelta(hours=4)
    finished = rated - timedelta(hours=2)
    world.add(
        "work__work_orders",
        work_order_id=f"WO-{name}",
        kind_code="maintenance",
        customer_id=customer.customer_id,
        engineer_id=staff.near("engineer", customer.city)[0],
        priority_code="normal",
        created_at=rated - timedelta(days=1),
        assigned_at=rated - timedelta(hours=23),
        due_at=rated + timedelta(days=2),
        scheduled_on=day,
        arrived_at=finished - timedelta(hours=1),
        finished_at=finished,
        closed_at=finished,
        status_code="closed",
        estimated_hours=1,
        labour_hours=1,
        waiting_hours=0,
        cost_amount=60,
        currency_code="CNY",
        is_rework=False,
        description=f"{customer.name}:机组巡检",
        resolution="已完成,现场确认",
    )
    dice = world.dice("golden", name)
    write_rating(world, f"RT-{name}", f"WO-{name}", customer.customer_id, stars, rated, dice)


def _split_receipts(world: World, staff: Staff, catalogue: Catalogue) -> None:
    """G6: twice a year three lines in parts, all in by the promised day; 3 of 12,000 pieces are rejected."""
    home = city("杭州")
    supplier = Supplier("G6-S1", "bracket", "steady", 40)
    write_supplier(world, supplier, "杭州启源金属制品有限公司", home, 60)
    goods = next(one for one in catalogue.materials if one.category == "bracket")
    warehouse = catalogue.nearest_warehouse(home)
    for item, value in (("supplier_id", "G6-S1"), ("otif_pct", "100.0"), ("ppm", "250")):
        tell(world, "G6", item, value)
    for year in _years(world):
        for half, ordered, promised in (
            ("H1", date(year, 2, 1), date(year, 3, 15)),
            ("H2", date(year, 8, 1), date(year, 9, 15)),
        ):
            if not world.has_come(ordered):
                return
            order = Purchase(f"PO-G6-{year}{half}", supplier, ordered, None)
            lines = [(goods, 4000), (goods, 4000), (goods, 3997)]
            write_golden_order(world, order, lines, promised, promised, promised, staff)
            parts = (
                (1, 1, 14, 2500, 0), (1, 2, 1, 1500, 0), (2, 1, 10, 2000, 0), (2, 2, 0, 2000, 0),
                (3, 1, 5, 1000, 0), (3, 2, 2, 3000, 3),
            )  # fmt: skip
            for line, part, ahead, quantity, rejected in parts:
                day = promised - timedelta(days=ahead)
                moment = datetime.combine(day, datetime.min.time()) + timedelta(hours=3)
                arrival = Arrival(part, day, day, quantity, rejected, moment)
                write_receipt(world, order, line, goods, warehouse, arrival)
