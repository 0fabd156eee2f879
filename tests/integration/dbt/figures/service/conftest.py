"""What the made-up company's systems say of its service: work orders, ratings, complaints, first visits."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from tests.support.figure_day import Frames
from tests.support.service_figures import Row, local_day, lookup, service_level


@pytest.fixture(scope="session")
def regions(frames: Frames) -> Callable[..., str | None]:
    """The region of what happened: of its site, else its project, else its customer."""
    sites = lookup(frames["ref__sites"], "site_id", "region_code")
    projects = {row["project_id"]: row for row in frames["projects__projects"].iter_rows(named=True)}
    customers = lookup(frames["crm__customers"], "customer_id", "region_code")

    def region(site_id: str | None, project_id: str | None, customer_id: str | None) -> str | None:
        project = projects.get(project_id or "", {})
        found = sites.get(site_id or project.get("site_id") or "")
        return found or project.get("region_code") or customers.get(customer_id or "")

    return region


@pytest.fixture(scope="session")
def orders(frames: Frames, regions: Callable[..., str | None]) -> list[Row]:
    """Work orders with region, local days and the service level counted minute by working day."""
    calendar = {
        day: dt.timedelta(hours=hours) if works else dt.timedelta()
        for day, works, hours in frames["ref__work_calendar"]
        .select("day_on", "is_working", "working_hours")
        .iter_rows()
    }
    found = []
    for row in frames["work__work_orders"].iter_rows(named=True):
        order = row | {"region": regions(row["site_id"], row["project_id"], row["customer_id"])}
        found.append(order | service_level(order, calendar))
    return found


@pytest.fixture(scope="session")
def ratings(frames: Frames, orders: list[Row], regions: Callable[..., str | None]) -> list[Row]:
    """The newest rating of each work order, by time."""
    by_order = {order["work_order_id"]: order for order in orders}
    newest: dict[str, Row] = {}
    for row in sorted(
        frames["work__ratings"].to_dicts(), key=lambda one: (one["rated_at"], one["rating_id"])
    ):
        order = by_order[row["work_order_id"]]
        newest[row["work_order_id"]] = row | {
            "day": local_day(row["rated_at"]),
            "region": order["region"],
            "order": order,
        }
    return sorted(newest.values(), key=lambda one: (one["rated_at"], one["rating_id"]))


@pytest.fixture(scope="session")
def complaints(frames: Frames, orders: list[Row], regions: Callable[..., str | None]) -> list[Row]:
    """Complaints without those that repeat one on the same order within 24 hours."""
    by_order = {order["work_order_id"]: order for order in orders}
    counted: list[Row] = []
    last_on_order: dict[str, dt.datetime] = {}
    for row in frames["work__complaints"].sort("received_at", "complaint_id").to_dicts():
        order_id = row["work_order_id"]
        before = last_on_order.get(order_id or "")
        if order_id:
            last_on_order[order_id] = row["received_at"]
        if before is None or row["received_at"] - before > dt.timedelta(hours=24):
            order = by_order.get(order_id, {})
            region = order.get("region") or regions(None, row["project_id"], row["customer_id"])
            counted.append(row | {"day": local_day(row["received_at"]), "region": region})
    return counted


@pytest.fixture(scope="session")
def first_visits(frames: Frames) -> list[Row]:
    """First inspections of work: one a milestone and kind, whatever came of later visits."""
    milestones = {row["milestone_id"]: row for row in frames["projects__milestones"].iter_rows(named=True)}
    projects = {row["project_id"]: row for row in frames["projects__projects"].iter_rows(named=True)}
    sites = {row["site_id"]: row for row in frames["ref__sites"].iter_rows(named=True)}
    visits = []
    for row in frames["work__inspections"].filter(pl.col("kind_code") != "incoming").iter_rows(named=True):
        if row["attempt_no"] == 1:
            place = sites.get(row["site_id"], projects[row["project_id"]])
            stage = milestones[row["milestone_id"]]["phase_code"]
            visits.append(row | {"region": place["region_code"], "city": place["city"], "stage": stage})
    return visits
