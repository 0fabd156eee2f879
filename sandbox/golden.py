"""The golden projects: cases solved by hand, the same in every world, with nothing left to the dice.

G1, a developer's batch of air conditioners; G2, a campus of over 80 million, planned for six months and done
in four; G3, a project whose one batch of goods comes 12 days late; G7, eight milestones with a critical path
solved by hand. G3 and G7 come again every half-year, so that one is always recent. Their ids hold «G» and the
case's number; ``truth/golden`` says what is to be found.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sandbox.catalogue import Catalogue
from sandbox.customers import Customer, write_customer
from sandbox.geography import city
from sandbox.phases import EIGHT, USUAL, Node
from sandbox.projects import Milestone, Project
from sandbox.purchasing import Arrival, Purchase, write_golden_order, write_receipt
from sandbox.reference import Staff
from sandbox.world import World, pick

FIRST_YEAR = 2025
#: The batch of G3 is so late, and the supplier says so this many days before it is due.
LATE_DAYS, TOLD_DAYS = 12, 15
#: In G3 the goods lie on the critical path: production takes so long that D floats five days.
_CRITICAL_GOODS: tuple[Node, ...] = (EIGHT[0], replace(EIGHT[1], days=40), *EIGHT[2:])


def golden_customer(
    world: World, staff: Staff, customer_id: str, name: str, segment: str, place: str, **more: str
) -> Customer:
    """Write and return a customer of a golden case: pays on its day, never leaves."""
    dice = world.dice("golden", customer_id)
    home = city(place)
    customer = Customer(
        customer_id=customer_id,
        name=name,
        segment=segment,
        city=home,
        since_on=date(2022, 1, 4),
        size=1.0,
        orders_a_year=0.0,
        pay_delay_days=5.0,
        credit_days=30,
        manager_id=pick(dice, staff.near("sales", home)),
        depth=more.get("depth", "project"),
    )
    if world.has_come(customer.since_on):
        write_customer(world, customer, dice)
    return customer


def tell(world: World, case: str, item: str, value: object) -> None:
    """Write down what is to be found of a golden case."""
    world.truth.setdefault("golden", []).append({"case_code": case, "item": item, "value": str(value)})


def build_golden_projects(world: World, staff: Staff, catalogue: Catalogue) -> list[Project]:
    """The golden projects begun so far, planned and lived; the orders for G3's batch are written."""
    projects = [_batch(world, staff, catalogue), _campus(world, staff, catalogue)]
    late = golden_customer(world, staff, "G3-C1", "南京金桥精密制造有限公司", "manufacturer", "南京")
    eight = golden_customer(world, staff, "G7-C1", "西安云海医院", "hospital", "西安")
    for year in range(FIRST_YEAR, world.until.year + 1):
        for half, promised, starts in (
            ("H1", date(year, 6, 25), date(year, 4, 20)),
            ("H2", date(year, 11, 25), date(year, 9, 15)),
        ):
            projects.append(_late_batch(world, staff, catalogue, late, f"{year}{half}", promised))
            projects.append(_eight(world, staff, catalogue, eight, f"{year}{half}", starts))
    return [one for one in projects if world.has_come(one.initiated_on)]


def _project(
    staff: Staff, catalogue: Catalogue, customer: Customer, code: str, name: str, starts: date, amount: float
) -> Project:
    units = [one for one in catalogue.equipment if one.category in ("split_unit", "vrf_outdoor")]
    return Project(
        code=code,
        customer=customer,
        name=f"{customer.name}{name}",
        initiated_on=starts,
        size=1.0,
        amount=amount,
        budget=round(amount * 0.74, 2),
        manager_id=staff.near("project_manager", customer.city)[0],
        equipment=[(units[0], 20), (units[2], 6)],
        is_golden=True,
    )


def lay(project: Project, planned_days: int, actual_days: int) -> None:
    """Plan a project over so many days by its critical path, and live it over so many, all in proportion."""
    finishes: dict[str, int] = {}
    starts: dict[str, int] = {}
    for node in project.network:
        starts[node.key] = max((finishes[one] for one in node.before), default=0)
        finishes[node.key] = starts[node.key] + node.days
    length = max(finishes.values())

    def day(place: int, span: int) -> date:
        return project.initiated_on + timedelta(days=round(place * span / length))

    for number, node in enumerate(project.network, start=1):
        begins, ends = starts[node.key], finishes[node.key]
        project.milestones[node.key] = Milestone(
            milestone_id=f"{project.project_id}-{number:02d}",
            node=node,
            planned_start=day(begins, planned_days),
            planned_finish=day(ends, planned_days),
            start=day(begins, actual_days),
            finish=day(ends, actual_days),
        )


def _batch(world: World, staff: Staff, catalogue: Catalogue) -> Project:
    """G1: a developer signs a strategic contract and orders 640 units for one project."""
    customer = golden_customer(
        world, staff, "G1-C1", "上海远航房地产开发有限公司", "developer", "上海", depth="strategic"
    )
    starts = date(2026, 5, 6)
    project = _project(staff, catalogue, customer, "G1-1", "批量空调安装项目", starts, 9_600_000.0)
    split, large = (one for one in catalogue.equipment if one.category == "split_unit")
    project.equipment = [(split, 480), (large, 160)]
    lay(project, 300, 300)
    if world.has_come(starts):
        world.add(
            "crm__contracts",
            contract_id="HT-G1-STRATEGIC",
            customer_id=customer.customer_id,
            name=f"{customer.name}战略合作协议",
            kind_code="strategic",
            signed_on=starts,
            starts_on=starts,
            ends_on=date(2031, 5, 5),
            contract_amount=60_000_000,
            currency_code="CNY",
            retention_pct=3,
            retention_due_on=date(2031, 5, 5),
            status_code="signed",
            file_path="contracts/G1-STRATEGIC/v1.pdf",
            version_no=1,
        )
    tell(world, "G1", "customer_id", customer.customer_id)
    tell(world, "G1", "tier_code", "S")
    tell(world, "G1", "allocation_actions", 1)
    return project


def _campus(world: World, staff: Staff, catalogue: Catalogue) -> Project:
    """G2: a campus with a budget of 86.4 million, planned for 180 days and accepted after 120."""
    customer = golden_customer(world, staff, "G2-C1", "长沙嘉城理工大学", "school", "长沙", depth="framework")
    project = _project(
        staff, catalogue, customer, "G2-1", "新建校区空调项目", date(2025, 3, 1), 112_000_000.0
    )
    project.budget = 86_400_000.0
    project.network = USUAL
    project.equipment = [
        (one, 24) for one in catalogue.equipment if one.category in ("chiller", "vrf_indoor")
    ]
    lay(project, 180, 120)
    tell(world, "G2", "project_id", project.project_id)
    for item, value in (
        ("budget_amount", "86400000.00"), ("planned_days", 180), ("actual_days", 120),
        ("compression_pct", "33.3"), ("spi_t_at_finish", "1.50"), ("major_complaints", 0),
    ):  # fmt: skip
        tell(world, "G2", item, value)
    return project


def _late_batch(
    world: World, staff: Staff, catalogue: Catalogue, customer: Customer, edition: str, promised: date
) -> Project:
    """G3: the compressors of one order come 12 days late and move everything after the delivery."""
    before = sum(node.days for node in _CRITICAL_GOODS if node.key in "ABE")
    starts = promised - timedelta(days=before)
    project = _project(
        staff, catalogue, customer, f"G3-{edition}", f"厂房空调工程({edition})", starts, 2_400_000.0
    )
    project.network = _CRITICAL_GOODS
    length = before + sum(node.days for node in _CRITICAL_GOODS if node.key in "FGH")
    lay(project, length, length)
    delivery = project.milestones["E"]
    for key in "EFGH":
        node = project.milestones[key]
        node.start += timedelta(days=LATE_DAYS if key != "E" else 0)
        node.finish += timedelta(days=LATE_DAYS)
        node.cause = "supplier_late"
    goods = next(one for one in catalogue.materials if one.category == "compressor")
    supplier = catalogue.sellers(goods)[0]
    order = Purchase(f"PO-G3-{edition}", supplier, project.milestones["B"].start, project)
    due = delivery.planned_finish
    arrives = due + timedelta(days=LATE_DAYS)
    if world.has_come(project.initiated_on):
        write_golden_order(world, order, [(goods, 12)], due, arrives, due - timedelta(days=TOLD_DAYS), staff)
        warehouse = catalogue.nearest_warehouse(customer.city)
        moment = datetime.combine(arrives, datetime.min.time()) + timedelta(hours=3)
        write_receipt(world, order, 1, goods, warehouse, Arrival(1, arrives, arrives, 12, 0, moment))
        world.cause(
            "late_supplier", f"{order.order_id}-01-1", "milestone_delay", delivery.milestone_id, LATE_DAYS,
            arrives,
        )  # fmt: skip
        tell(world, "G3", f"{edition} purchase_order_id", order.order_id)
        tell(world, "G3", f"{edition} project_id", project.project_id)
        tell(world, "G3", f"{edition} days_late", LATE_DAYS)
    return project


def _eight(
    world: World, staff: Staff, catalogue: Catalogue, customer: Customer, edition: str, starts: date
) -> Project:
    """G7: eight milestones kept to the day."""
    project = _project(
        staff, catalogue, customer, f"G7-{edition}", f"门诊楼空调工程({edition})", starts, 3_200_000.0
    )
    project.network = EIGHT
    lay(project, 85, 85)
    if world.has_come(starts):
        tell(world, "G7", f"{edition} project_id", project.project_id)
        tell(world, "G7", f"{edition} critical_path", " ".join(
            project.milestones[key].milestone_id for key in "ACDFGH"
        ))  # fmt: skip
        tell(world, "G7", f"{edition} length_days", 85)
        tell(world, "G7", f"{edition} float_days", 15)
    return project
