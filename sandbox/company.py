"""The example company: its whole world, simulated in the order of cause and effect."""

from __future__ import annotations

from datetime import date
from functools import partial

import polars as pl

from sandbox.catalogue import build_catalogue
from sandbox.customers import build_customers, build_touches
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


def generate(seed: int, scale: float, until: date) -> dict[str, pl.DataFrame]:
    """The company's systems as of ``until``: a clean frame for every contract table.

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
    return world.frames()
