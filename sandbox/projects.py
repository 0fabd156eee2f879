"""Projects: won, planned as a network of milestones, and lived through.

A milestone starts when its predecessors and its materials allow and takes longer round Spring Festival or
with a weak crew. So a late supplier delays a delivery, the delivery delays the installation, and the
customer remembers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sandbox.catalogue import Catalogue, Product
from sandbox.customers import Customer
from sandbox.geography import PILOT_CITIES, City
from sandbox.reference import SPRING_FESTIVALS, Staff
from sandbox.world import HORIZON, START, World, days, pick

#: Phase, name, planned days for a middling project, share of the work, predecessors.
PHASES: tuple[tuple[str, str, int, float, tuple[str, ...]], ...] = (
    ("SOLUTION", "方案确认", 18, 0.03, ()),
    ("CONTRACT", "合同签订", 12, 0.02, ("SOLUTION",)),
    ("DESIGN", "深化设计", 20, 0.06, ("CONTRACT",)),
    ("ORDERING", "物料下单", 7, 0.04, ("DESIGN",)),
    ("PRODUCTION", "设备生产", 35, 0.25, ("ORDERING",)),
    ("DELIVERY", "物流到货", 12, 0.10, ("PRODUCTION",)),
    ("PIPING", "管线施工", 40, 0.16, ("ORDERING",)),
    ("INSTALLATION", "设备安装", 28, 0.16, ("DELIVERY", "PIPING")),
    ("ELECTRICAL", "电气接线", 14, 0.07, ("INSTALLATION",)),
    ("COMMISSIONING", "系统调试", 14, 0.06, ("ELECTRICAL",)),
    ("ACCEPTANCE", "竣工验收", 10, 0.05, ("COMMISSIONING",)),
)
PHASE_TEAMS = {
    "SOLUTION": "sales", "CONTRACT": "sales", "DESIGN": "technical", "ORDERING": "supply",
    "PRODUCTION": "production", "DELIVERY": "supply", "PIPING": "technical", "INSTALLATION": "technical",
    "ELECTRICAL": "technical", "COMMISSIONING": "service", "ACCEPTANCE": "quality",
}  # fmt: skip
_STAGES = (
    ("solution", "SOLUTION", "start"),
    ("contract", "CONTRACT", "start"),
    ("production", "ORDERING", "finish"),
    ("delivery", "PRODUCTION", "finish"),
    ("installation", "INSTALLATION", "start"),
    ("maintenance", "ACCEPTANCE", "finish"),
)
_CREW_TRADE = {
    "PIPING": "piping",
    "INSTALLATION": "hvac",
    "ELECTRICAL": "electrical",
    "COMMISSIONING": "commissioning",
}
_BUILDINGS = {
    "school": ("campus", "教学楼空调工程"),
    "hospital": ("hospital", "住院楼中央空调工程"),
    "developer": ("building", "商业综合体暖通工程"),
    "government": ("building", "公共建筑空调改造工程"),
    "manufacturer": ("plant", "厂房洁净空调工程"),
    "retail": ("building", "门店空调工程"),
    "other": ("building", "酒店空调工程"),
}


@dataclass
class Crew:
    """A crew; ``pace`` above 1 takes longer than planned."""

    crew_id: str
    trade: str
    pace: float


@dataclass
class Milestone:
    """A milestone's plan and the truth of how it went."""

    milestone_id: str
    phase: str
    name: str
    weight: float
    planned_start: date
    planned_finish: date
    start: date
    finish: date
    crew: Crew | None = None
    cause: str = "labour"

    @property
    def days_late(self) -> int:
        """Days from the planned to the actual finish; negative when early."""
        return (self.finish - self.planned_finish).days


@dataclass
class Project:
    """A project and the truth about it."""

    project_id: str
    number: int
    customer: Customer
    city: City
    site_id: str
    name: str
    initiated_on: date
    size: float
    amount: float
    manager_id: str
    equipment: list[tuple[Product, int]]
    is_cancelled: bool
    milestones: dict[str, Milestone] = field(default_factory=dict)

    @property
    def contract_id(self) -> str:
        """Id of the project's contract."""
        return f"HT-{self.number:04d}"

    @property
    def signed_on(self) -> date:
        """Day the contract was signed."""
        return self.milestones["CONTRACT"].finish

    @property
    def finish(self) -> date:
        """Day the customer accepted the work."""
        return self.milestones["ACCEPTANCE"].finish

    @property
    def days_late(self) -> int:
        """Days late at acceptance."""
        return self.milestones["ACCEPTANCE"].days_late


def build_crews(world: World, staff: Staff) -> list[Crew]:
    """Write the crews: three of each trade, one of them slow."""
    crews = []
    for number, trade in enumerate(sorted(set(_CREW_TRADE.values())) * 3, start=1):
        dice = world.dice("crew", number)
        crew = Crew(f"CR{number:02d}", trade, float(pick(dice, (0.92, 1.0, 1.3))))
        leader = pick(dice, staff.by_role["engineer"])
        home = staff.homes[leader]
        crews.append(crew)
        world.add(
            "projects__crews",
            crew_id=crew.crew_id,
            name=f"{home.name}{number}班",
            trade_code=trade,
            region_code=home.region_code,
            city=home.name,
            leader_id=leader,
            head_count=int(dice.integers(6, 24)),
            hourly_cost_amount=round(float(dice.uniform(45, 75)), 2),
            currency_code="CNY",
            is_subcontractor=bool(dice.random() < 0.3),
            is_active=True,
        )
    return crews


def draw_projects(
    world: World, customers: list[Customer], staff: Staff, catalogue: Catalogue
) -> list[Project]:
    """All projects initiated so far, with their sizes; more are begun after school terms end."""
    gaps = world.dice("arrivals").exponential(365 / (20 * world.scale), 4000)
    found = []
    day = float(START.toordinal() + 5)
    for number, gap in enumerate(gaps, start=1):
        day += float(gap)
        initiated = date.fromordinal(min(int(day), HORIZON.toordinal()))
        if not world.has_come(initiated):
            break
        found.append(_draw(world, customers, staff, catalogue, number, initiated))
    return found


def _draw(
    world: World, customers: list[Customer], staff: Staff, catalogue: Catalogue, number: int, initiated: date
) -> Project:
    dice = world.dice("project", number)
    active = [one for one in customers if one.since_on <= initiated - days(30)] or customers[:1]
    loyal = [one for one in active if one.silent_after is None or one.silent_after > initiated] or active
    wanting = [_appetite(one, initiated) for one in loyal]
    customer = pick(dice, loyal, wanting)
    size = float(np.clip(dice.lognormal(0, 0.45) * customer.size**0.3, 0.4, 3.5))
    equipment = [
        (
            product,
            max(1, round(float(dice.uniform(0.5, 2.5)) * size * (20 if product.capacity_kw < 10 else 3))),
        )
        for product in sorted(
            (catalogue.equipment[int(i)] for i in dice.choice(len(catalogue.equipment), 4, replace=False)),
            key=lambda one: one.product_id,
        )
    ]
    amount = sum(product.price * count for product, count in equipment) * float(dice.uniform(1.5, 1.9))
    return Project(
        project_id=f"PJ-{number:04d}",
        number=number,
        customer=customer,
        city=customer.city,
        site_id=f"ST-{number:04d}",
        name=f"{customer.name}{_BUILDINGS[customer.segment][1]}({number:03d})",
        initiated_on=initiated,
        size=size,
        amount=round(amount, -3),
        manager_id=pick(dice, staff.near("project_manager", customer.city)),
        equipment=equipment,
        is_cancelled=bool(dice.random() < 0.03),
    )


def _appetite(customer: Customer, day: date) -> float:
    """Schools build when pupils are away, so they begin projects from March to June."""
    season = 2.2 if customer.segment == "school" and 3 <= day.month <= 6 else 1.0
    return customer.size * season


def plan(world: World, project: Project, crews: list[Crew]) -> None:
    """Lay the baseline: each milestone after its predecessors, no slack."""
    dice = world.dice("plan", project.number)
    finishes: dict[str, date] = {}
    for phase, name, length, weight, before in PHASES:
        planned = max(3, round(length * project.size**0.35 * float(dice.uniform(0.85, 1.2))))
        start = max((finishes[one] for one in before), default=project.initiated_on)
        finishes[phase] = start + timedelta(days=planned)
        trade = _CREW_TRADE.get(phase)
        project.milestones[phase] = Milestone(
            milestone_id=f"{project.project_id}-{len(finishes):02d}",
            phase=phase,
            name=name,
            weight=weight,
            planned_start=start,
            planned_finish=finishes[phase],
            start=start,
            finish=finishes[phase],
            crew=pick(dice, [one for one in crews if one.trade == trade]) if trade else None,
        )


def live(world: World, project: Project, order_materials: Callable[[date], date | None]) -> None:
    """Let the project happen: actual starts and finishes, pushed by materials, crews and the season.

    ``order_materials`` is called with the day on which ordering starts and says when all has arrived.
    """
    dice = world.dice("life", project.number)
    ready: date | None = None
    for phase, _, _, _, before in PHASES:
        node = project.milestones[phase]
        node.start = max((project.milestones[one].finish for one in before), default=project.initiated_on)
        planned = (node.planned_finish - node.planned_start).days
        pace = node.crew.pace if node.crew else 1.0
        noise = float(np.exp(dice.normal(-0.04, 0.16)))
        length = max(1, round(planned * pace * noise))
        length += _festival_days(node.start, node.start + timedelta(days=length))
        node.finish = node.start + timedelta(days=length)
        if phase == "ORDERING":
            ready = order_materials(node.start)
        if phase == "DELIVERY" and ready and ready > node.finish:
            node.finish, node.cause = ready, "supplier_late"
        elif noise > 1.15:
            node.cause = pick(dice, ("weather", "customer_change", "design_change"))
        elif before:
            # What held the last predecessor up holds this one up too.
            last = max((project.milestones[one] for one in before), key=lambda one: one.finish)
            node.cause = last.cause if last.days_late > 3 else node.cause
    if project.days_late > 30:
        project.customer.grievances.append(project.finish)


def _festival_days(start: date, finish: date) -> int:
    """Sites stand still for twelve days round Spring Festival."""
    return sum(
        12
        for festival in SPRING_FESTIVALS.values()
        if start <= festival + timedelta(days=6) and finish >= festival - timedelta(days=6)
    )


def stage_entries(project: Project) -> list[tuple[str, date]]:
    """The days on which the project entered each stage, in order."""
    entries = [("lead", project.initiated_on - timedelta(days=45))]
    for stage, phase, edge in _STAGES:
        node = project.milestones[phase]
        day = node.start if edge == "start" else node.finish
        entries.append((stage, max(day, entries[-1][1])))
    return entries


def site_kind(project: Project) -> str:
    """What is built: a campus, a hospital, a plant or another building."""
    return _BUILDINGS[project.customer.segment][0]


def is_pilot(project: Project) -> bool:
    """Projects of the pilot cities from the start of the pilot on."""
    return project.city.name in PILOT_CITIES and project.initiated_on >= date(2023, 7, 1)
