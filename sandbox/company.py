"""The example company: its whole world, simulated in the order of cause and effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from sandbox.arrivals import draw_arrivals
from sandbox.catalogue import Catalogue, build_catalogue
from sandbox.customers import Customer, Market, build_customers
from sandbox.devices import Unit, build_units, write_units
from sandbox.factory import write_fulfilment, write_reservations, write_stock
from sandbox.finance import write_finance
from sandbox.golden import build_golden_projects
from sandbox.golden_records import write_golden_records
from sandbox.jobs import after_sales, site_jobs
from sandbox.project_records import write_project
from sandbox.projects import Crew, Project, build_crews, draw_project, live, plan
from sandbox.purchasing import Delivery, buy_for_project, replenish
from sandbox.quality import write_quality
from sandbox.reference import Staff, build_reference
from sandbox.sales import Order, project_order, small_orders
from sandbox.service import write_engineers, write_job
from sandbox.telemetry import write_readings
from sandbox.touches import write_touches
from sandbox.truth import truth_of
from sandbox.world import START, World


@dataclass(frozen=True)
class Simulation:
    """What the systems show (a clean frame for every contract table), and the truth that they do not."""

    frames: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]


def generate(seed: int, scale: float, until: date) -> dict[str, pl.DataFrame]:
    """The company's systems as of ``until``; see ``simulate``."""
    return simulate(seed, scale, until).frames


def simulate(seed: int, scale: float, until: date) -> Simulation:
    """The whole company from its first day to ``until``, with the hidden causes beside what is seen.

    The same arguments give equal frames; a later ``until`` adds rows and facts to the same past. At scale 1
    and five years: 1,000 customers, 2,000 projects, 40,000 milestones, 100,000 purchase lines, 60,000 work
    orders, 10 million readings. Raises ValueError for a day before the company existed or a scale that is
    not positive.
    """
    if until < START:
        raise ValueError(f"until {until} lies before the company's first day, {START}: choose a later day")
    if scale <= 0:
        raise ValueError(f"scale {scale} must be above 0; 1 is a company of 1,000 customers")
    company = Company(World(seed, scale, until))
    for step in company.steps().values():
        step()
    return company.known()


class Company:
    """The world's people and goods, and what happens among them, step by step."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.staff: Staff = build_reference(world)
        self.catalogue: Catalogue = build_catalogue(world)
        self.customers: list[Customer] = build_customers(world, self.staff)
        self.crews: list[Crew] = build_crews(world, self.staff)
        self.projects: list[Project] = []
        self.deliveries: list[Delivery] = []
        self.orders: list[Order] = []
        self.units: list[Unit] = []

    def steps(self) -> dict[str, Callable[[], None]]:
        """What happens, in the order of cause and effect; each once."""
        return {
            "projects": self._projects,
            "orders": self._orders,
            "goods": self._goods,
            "money": self._money,
            "touches": self._touches,
            "devices": self._devices,
        }

    def known(self) -> Simulation:
        """What the systems show after all steps, and the truth."""
        truth = truth_of(self.world, self.customers, self.catalogue, self.projects)
        return Simulation(self.world.frames(), truth)

    def _projects(self) -> None:
        write_engineers(self.world, self.staff)
        self._begin_projects()
        for project in build_golden_projects(self.world, self.staff, self.catalogue):
            self._follow(project)

    def _orders(self) -> None:
        self.orders += small_orders(self.world, self.customers, self.catalogue)
        self.orders += write_golden_records(self.world, self.staff, self.catalogue)

    def _goods(self) -> None:
        self.deliveries += replenish(self.world, self.catalogue, self.staff)
        write_fulfilment(self.world, self.orders, self.catalogue)
        write_stock(self.world, self.deliveries, self.catalogue)
        write_reservations(self.world, self.orders, self.catalogue)

    def _money(self) -> None:
        write_finance(self.world, self.projects, self.orders, self.staff)

    def _touches(self) -> None:
        write_touches(self.world, self.customers)

    def _devices(self) -> None:
        write_units(self.world, self.units)
        write_readings(self.world, self.units)

    def _begin_projects(self) -> None:
        """In the order in which they begin: who was let down by one begins no other."""
        market = Market(self.customers)
        for arrival in draw_arrivals(self.world):
            project = draw_project(
                self.world,
                market,
                self.staff,
                self.catalogue,
                arrival.code,
                arrival.initiated_on,
                arrival.place,
            )
            plan(self.world, project, self.crews)
            live(self.world, project, lambda start, one=project: self._order_materials(one, start))
            self._follow(project)

    def _order_materials(self, project: Project, start: date) -> tuple[date, str] | None:
        bought = buy_for_project(self.world, project, self.catalogue, self.staff, start)
        self.deliveries += bought
        return max(((one.received_on, one.receipt_id) for one in bought), default=None)

    def _follow(self, project: Project) -> None:
        """Write a project that has been lived through, and what it brings: an order, units, work, ratings."""
        self.projects.append(project)
        write_project(self.world, project, self.staff)
        self.orders += project_order(self.world, project)
        if project.is_cancelled:
            return
        units = build_units(self.world, project)
        self.units += units
        write_quality(self.world, project, self.staff, self.catalogue)
        for job in [*site_jobs(self.world, project), *after_sales(self.world, project, units)]:
            write_job(self.world, job, self.staff)
