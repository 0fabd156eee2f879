"""Touches and reminders of customers, counted a second time."""

import datetime as dt

import polars as pl

from tests.support.customer_figures import same
from tests.support.figure_day import AHEAD, UNTIL, Frames
from tests.support.warehouse import Warehouse


def test_touches_and_reminders(
    built: Warehouse, frames: Frames, left: dict[str, str], customers: dict[str, dict]
) -> None:
    touches = dict.fromkeys(customers, 0)
    for row in frames["crm__interactions"].filter(~pl.col("is_automatic")).iter_rows(named=True):
        day = (row["happened_at"] + AHEAD).date()
        touches[left[row["customer_id"]]] += UNTIL - dt.timedelta(days=90) < day <= UNTIL
    past = dict.fromkeys(customers, 0)
    missed = dict.fromkeys(customers, 0)
    tier_b = built.rows(
        "select customer_id from marts.dim_customer_tier where is_current and tier_code = 'B'"
    )
    standard = standard_days(frames, {customer for (customer,) in tier_b})
    assert standard
    for customer, due_on, known_on in due_days(frames) + standard:
        if UNTIL - dt.timedelta(days=365) <= due_on <= UNTIL and known_on <= UNTIL:
            past[left[customer]] += 1
            missed[left[customer]] += known_on >= due_on
    expected = {customer: (touches[customer], past[customer], missed[customer]) for customer in customers}
    found = built.rows(
        "select customer_id, touch_count, reminder_past_count, reminder_missed_count"
        " from marts.mart_customer_portrait"
    )
    same(found, expected)
    assert sum(past.values()) > 50


def test_every_due_thing_of_a_b_customer_had_a_reminder_and_touches_stay_below_the_limit(
    built: Warehouse,
) -> None:
    [row] = built.rows(
        "select sum(reminder_missed_count), sum(reminder_past_count) > 0, bool_or(is_over_touch_limit),"
        " max(touch_count) > 0"
        " from marts.mart_customer_portrait where tier_code = 'B'"
    )
    assert row == (0, True, False, True)


def standard_days(frames: Frames, tier_b: set[str]) -> list[tuple[str, dt.date, dt.date]]:
    """The contacts of tier B, one in 90 days since the customer came; known since the one before."""
    every, found = dt.timedelta(days=90), []
    for row in frames["crm__customers"].iter_rows(named=True):
        due_on = (row["since_on"] or dt.date(2000, 1, 1)) + every
        while row["customer_id"] in tier_b and due_on <= UNTIL:
            found.append((row["customer_id"], due_on, due_on - every))
            due_on += every
    return found


def due_days(frames: Frames) -> list[tuple[str, dt.date, dt.date]]:
    """What falls due for customers: whom for, the day, and the day from which it was known."""
    found = []
    for row in (
        frames["crm__contracts"]
        .filter(pl.col("status_code").is_in(["signed", "closed"]))
        .iter_rows(named=True)
    ):
        if row["status_code"] == "signed" and row["ends_on"]:
            found.append((row["customer_id"], row["ends_on"], row["signed_on"]))
        if row["retention_due_on"]:
            found.append((row["customer_id"], row["retention_due_on"], row["signed_on"]))
    visits = frames["work__work_orders"].filter(
        (pl.col("kind_code") == "maintenance") & (pl.col("status_code") != "cancelled")
    )
    found += [
        (row["customer_id"], row["scheduled_on"], row["created_at"].date())
        for row in visits.iter_rows(named=True)
    ]
    units: dict[tuple, dt.date] = {}
    for row in frames["iot__devices"].drop_nulls("warranty_ends_on").iter_rows(named=True):
        key = (row["customer_id"], row["project_id"], row["warranty_ends_on"])
        known = row["commissioned_on"] or row["installed_on"] or row["delivered_on"]
        units[key] = min(units.get(key, known), known)
    return found + [(customer, due_on, known_on) for (customer, _, due_on), known_on in units.items()]
