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
from sandbox.customers import Customer, Market
from sandbox.geography import City, pilot_start
from sandbox.phases import BUILDINGS, CREW_TRADE, STAGES, USUAL, Node
from sandbox.reference import SPRING_FESTIVALS, Staff
from sandbox.sizes import sizes
from sandbox.world import World, pick


@dataclass
class Crew:
    """A crew; ``pace`` above 1 takes longer than planned."""

    crew_id: str
    trade: str
    region_code: str
    pace: float


@dataclass
class Milestone:
    """A milestone's plan and the truth of how it went."""

    milestone_id: str
    node: Node
    planned_start: date
    planned_finish: date
    start: date
    finish: date
    crew: Crew | None = None
    cause: str = "labour"

    @property
    def phase(self) -> str:
        """The phase that the milestone belongs to."""
        return self.node.phase

    @property
    def days_late(self) -> int:
        """Days from the planned to the actual finish; negative when early."""
        return (self.finish - self.planned_finish).days


@dataclass
class Project:
    """A project and the truth about it; ``code`` is what all its papers are named by."""

    code: str
    customer: Customer
    name: str
    initiated_on: date
    size: float
    amount: float
    manager_id: str
    equipment: list[tuple[Product, int]]
    is_cancelled: bool = False
    network: tuple[Node, ...] = USUAL
    #: A golden case: planned and lived as laid down, with nothing left to the dice.
    is_golden: bool = False
    budget: float = 0.0
    milestones: dict[str, Milestone] = field(default_factory=dict)

    @property
    def city(self) -> City:
        """Where it is built: at home."""
        return self.customer.city

    @property
    def project_id(self) -> str:
        """Id of the project."""
        return f"PJ-{self.code}"

    @property
    def site_id(self) -> str:
        """Id of its site."""
        return f"ST-{self.code}"

    @property
    def contract_id(self) -> str:
        """Id of its contract."""
        return f"HT-{self.code}"

    def of(self, phase: str) -> list[Milestone]:
        """The milestones of a phase, in order."""
        return [one for one in self.milestones.values() if one.phase == phase]

    def last(self, phase: str) -> Milestone:
        """The milestone with which a phase ends."""
        return self.of(phase)[-1]

    def start_of(self, phase: str) -> date:
        """Day on which a phase began."""
        return min(one.start for one in self.of(phase))

    def finish_of(self, phase: str) -> date:
        """Day on which all of a phase was done."""
        return max(one.finish for one in self.of(phase))

    @property
    def signed_on(self) -> date:
        """Day the contract was signed."""
        return self.finish_of("CONTRACT")

    @property
    def finish(self) -> date:
        """Day the customer accepted the work."""
        return self.finish_of("ACCEPTANCE")

    @property
    def days_late(self) -> int:
        """Days late at acceptance."""
        return self.last("ACCEPTANCE").days_late


def build_crews(world: World, staff: Staff) -> list[Crew]:
    """Write the crews of each trade; a third of them is slow."""
    crews = []
    trades = sorted(set(CREW_TRADE.values())) * sizes(world.scale).crews_a_trade
    for number, trade in enumerate(trades, start=1):
        dice = world.dice("crew", number)
        pace = float(pick(dice, (0.9, 1.0, 1.22)))
        leader = pick(dice, staff.by_role["engineer"])
        home = staff.homes[leader]
        crew = Crew(f"CR{number:02d}", trade, home.region_code, pace)
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


def draw_project(
    world: World,
    market: Market,
    staff: Staff,
    catalogue: Catalogue,
    code: str,
    initiated: date,
    place: str | None = None,
) -> Project:
    """A project that begins on a day, with a customer (of a city, where told), a size and its equipment."""
    dice = world.dice("project", code)
    customer = market.choose(dice, initiated, place)
    size = float(np.clip(dice.lognormal(0, 0.45) * customer.size**0.3, 0.4, 3.5))
    wanted = sorted(dice.choice(len(catalogue.equipment), 4, replace=False).tolist())
    equipment = [
        (one, max(1, round(float(dice.uniform(0.5, 2.5)) * size * (20 if one.capacity_kw < 10 else 3))))
        for one in sorted((catalogue.equipment[i] for i in wanted), key=lambda one: one.product_id)
    ]
    amount = sum(one.price * count for one, count in equipment) * float(dice.uniform(1.5, 1.9))
    return Project(
        code=code,
        customer=customer,
        name=f"{customer.name}{pick(dice, BUILDINGS[customer.segment][1])}({code})",
        initiated_on=initiated,
        size=size,
        amount=round(amount, -3),
        budget=round(round(amount, -3) * 0.74, 2),
        manager_id=pick(dice, staff.near("project_manager", customer.city)),
        equipment=equipment,
        is_cancelled=bool(dice.random() < 0.03),
    )


def plan(world: World, project: Project, crews: list[Crew]) -> None:
    """Lay the baseline: each milestone after its predecessors, no slack."""
    dice = world.dice("plan", project.code)
    finishes: dict[str, date] = {}
    for number, node in enumerate(project.network, start=1):
        spread = 1.0 if project.is_golden else project.size**0.35 * float(dice.uniform(0.85, 1.2))
        planned = max(2, round(node.days * spread))
        start = max((finishes[one] for one in node.before), default=project.initiated_on)
        finishes[node.key] = start + timedelta(days=planned)
        project.milestones[node.key] = Milestone(
            milestone_id=f"{project.project_id}-{number:02d}",
            node=node,
            planned_start=start,
            planned_finish=finishes[node.key],
            start=start,
            finish=finishes[node.key],
            crew=_crew(dice, crews, node, project.city),
        )


def _crew(dice: np.random.Generator, crews: list[Crew], node: Node, place: City) -> Crew | None:
    """A crew of the trade, from the region where it has one."""
    trade = CREW_TRADE.get(node.phase)
    if trade is None:
        return None
    able = [one for one in crews if one.trade == trade]
    return pick(dice, [one for one in able if one.region_code == place.region_code] or able)


def live(world: World, project: Project, order_materials: Callable[[date], tuple[date, str] | None]) -> None:
    """Let the project happen: actual starts and finishes, pushed by materials, crews and the season.

    ``order_materials`` is called with the day on which ordering starts and says when all has arrived and
    which order line came last.
    """
    dice = world.dice("life", project.code)
    ready: tuple[date, str] | None = None
    for node in project.milestones.values():
        before = [project.milestones[one] for one in node.node.before]
        node.start = max((one.finish for one in before), default=project.initiated_on)
        planned = (node.planned_finish - node.planned_start).days
        pace = node.crew.pace if node.crew else 1.0
        noise = float(np.exp(dice.normal(-0.10, 0.17)))
        length = max(1, round(planned * pace * noise))
        length += _festival_days(node.start, node.start + timedelta(days=length))
        node.finish = node.start + timedelta(days=length)
        if node.node.key == "ORDERING":
            ready = order_materials(node.start)
        if node.node.key == "DELIVERY" and ready and ready[0] > node.finish:
            waited = (ready[0] - node.finish).days
            world.cause("late_supplier", ready[1], "milestone_delay", node.milestone_id, waited, ready[0])
            node.finish, node.cause = ready[0], "supplier_late"
        elif noise > 1.15:
            node.cause = pick(dice, ("weather", "customer_change", "design_change"))
        elif before:
            # What held the last predecessor up holds this one up too.
            last = max(before, key=lambda one: one.finish)
            node.cause = last.cause if last.days_late > 3 else node.cause
    if project.days_late > 30:
        project.customer.grievances.append(project.finish)
        if not project.is_cancelled:
            world.cause(
                "late_project", project.project_id, "silent_year", project.customer.customer_id,
                project.days_late, project.finish,
            )  # fmt: skip


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
    for stage, phase, edge in STAGES:
        if project.of(phase):
            day = project.start_of(phase) if edge == "start" else project.finish_of(phase)
        else:
            # A short network has no such phase: the offer was made before, making follows at once.
            day = project.initiated_on - timedelta(days=10)
            if stage == "production":
                day = project.start_of("PRODUCTION")
        entries.append((stage, max(day, entries[-1][1])))
    return entries


def site_kind(project: Project) -> str:
    """What is built: a campus, a hospital, a plant or another building."""
    return BUILDINGS[project.customer.segment][0]


def is_pilot(project: Project) -> bool:
    """Projects of a pilot city from the start of its pilot on; golden cases are not measured."""
    starts = pilot_start(project.city)
    return starts is not None and project.initiated_on >= starts and not project.is_golden
