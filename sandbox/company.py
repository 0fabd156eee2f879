"""The example company: its whole world, simulated in the order of cause and effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from sandbox.catalogue import RELIABILITY, Catalogue, build_catalogue
from sandbox.customers import Customer, build_customers, build_touches
from sandbox.factory import write_fulfilment, write_reservations, write_stock
from sandbox.finance import write_finance
from sandbox.project_records import write_projects
from sandbox.projects import Project, build_crews, draw_projects, live, plan
from sandbox.purchasing import Delivery, buy_for_project, replenish
from sandbox.reference import build_reference
from sandbox.sales import project_orders, small_orders
from sandbox.service import write_engineers, write_service
from sandbox.telemetry import write_telemetry
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
    and five years: about 60 customers, 90 projects, 3,000 purchase lines, 4,000 order lines. Raises
    ValueError for a day before the company existed or a scale that is not positive.
    """
    if until < START:
        raise ValueError(f"until {until} lies before the company's first day, {START}: choose a later day")
    if scale <= 0:
        raise ValueError(f"scale {scale} must be above 0; 1 is the usual size")
    world = World(seed, scale, until)
    staff = build_reference(world)
    catalogue = build_catalogue(world)
    customers = build_customers(world, staff)
    crews = build_crews(world, staff)
    deliveries: list[Delivery] = []
    projects = draw_projects(world, customers, staff, catalogue)

    def order_materials(project: Project, start: date) -> date | None:
        bought = buy_for_project(world, project, catalogue, staff, start)
        deliveries.extend(bought)
        return max((one.received_on for one in bought), default=None)

    for project in projects:
        plan(world, project, crews)
        live(world, project, partial(order_materials, project))
    write_projects(world, projects, staff)
    deliveries += replenish(world, catalogue, staff)
    orders = project_orders(world, projects) + small_orders(world, customers, catalogue)
    write_fulfilment(world, orders, catalogue)
    write_stock(world, deliveries, catalogue)
    write_reservations(world, orders, catalogue)
    write_finance(world, projects, orders, staff)
    write_engineers(world, staff)
    write_service(world, projects, staff, catalogue)
    build_touches(world, customers)
    write_telemetry(world, projects)
    return Simulation(world.frames(), _truth(customers, catalogue, projects))


def _truth(
    customers: list[Customer], catalogue: Catalogue, projects: list[Project]
) -> dict[str, pl.DataFrame]:
    """What a scorecard or a model has to find: natures, and how each project will end."""
    rows = [(one.customer_id, one.pay_delay_days, one.orders_a_year, one.silent_after) for one in customers]
    names = ["customer_id", "pay_delay_days", "orders_a_year", "silent_after_on"]
    people = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    sellers = [
        (one.supplier_id, one.reliability, *RELIABILITY[one.reliability]) for one in catalogue.suppliers
    ]
    traits = ["supplier_id", "reliability", "mean_days_late", "spread_days", "reject_share"]
    ends = [
        (node.milestone_id, node.start, node.finish, node.days_late, node.cause)
        for project in projects
        if not project.is_cancelled
        for node in project.milestones.values()
    ]
    fates = ["milestone_id", "started_on", "finished_on", "days_late", "cause"]
    return {
        "customers": people,
        "suppliers": pl.DataFrame(sellers, schema=traits, orient="row"),
        "milestones": pl.DataFrame(ends, schema=fates, orient="row"),
    }
