"""A quarter of tier B, day by day: the marts' own SQL, without dbt, on customers and contacts made up."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import jinja2
import pytest

BEGIN = dt.date(2025, 7, 3)
DAYS = 90
END = BEGIN + dt.timedelta(days=DAYS - 1)
CUSTOMERS = 60
CAP = 6
TABLES = {
    "build_context": "as_of_on date",
    "figure_default": "name varchar, value decimal(18,4)",
    "dim_customer": "customer_id varchar, survivor_id varchar, is_merged boolean, name varchar,"
    " segment_code varchar, region_code varchar, account_manager_id varchar, since_on date",
    "dim_customer_tier": "customer_id varchar, tier_code varchar, is_current boolean",
    "customer_tier": "tier_code varchar, alias_code varchar, touch_limit bigint",
    "stg_crm__contracts": "contract_id varchar, customer_id varchar, status_code varchar, signed_on date,"
    " ends_on date, retention_due_on date",
    "stg_work__work_orders": "work_order_id varchar, customer_id varchar, kind_code varchar,"
    " status_code varchar, scheduled_on date, created_at timestamp",
    "stg_iot__devices": "device_id varchar, customer_id varchar, project_id varchar, site_id varchar,"
    " delivered_on date, installed_on date, commissioned_on date, warranty_ends_on date",
    "contact": "customer_id varchar, happened_on date, is_human boolean",
}
OPEN = (
    "select reminder_id, customer_id, kind_code, due_on from fct_customer_reminder"
    " where state_code = 'open' and tier_code = 'B'"
)


@pytest.fixture
def con(project_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A company of 60 customers in tier B and one in S, at the beginning of the quarter."""
    marts = project_root / "dbt_project" / "models" / "marts"
    with duckdb.connect() as connection:
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")
        connection.execute(
            "create view fct_interaction as select contact.*, happened_on > as_of_on - 90 as is_recent"
            " from contact cross join build_context where happened_on <= as_of_on"
        )
        connection.execute(
            "insert into figure_default values ('reminder_lead_days', 14), ('reminder_calendar_days', 365),"
            " ('touch_window_days', 90), ('standard_service_days', 90)"
        )
        connection.execute("insert into customer_tier values ('B', 'potential', 6), ('B', 'standard', 6)")
        connection.execute("insert into build_context values (?)", [BEGIN])
        for model in (
            marts / "core" / "customers" / "fct_customer_reminder.sql",
            marts / "customers" / "mart_standard_flow.sql",
        ):
            connection.execute(f"create view {model.stem} as {_rendered(project_root, model)}")
        _people_the_company(connection)
        yield connection


def test_every_due_thing_was_reminded_of_and_nobody_was_overrun(con: duckdb.DuckDBPyConnection) -> None:
    first_shown = _live_through(con)
    due = con.execute(
        "select reminder_id, due_on from fct_customer_reminder where tier_code = 'B' and is_recent"
    ).fetchall()
    assert len(due) > 2 * CUSTOMERS / 3
    # Not what the calendar says of itself afterwards: what somebody who looked each day has seen.
    late = [number for number, on in due if first_shown.get(number, END) >= on]
    assert late == []
    assert con.execute(
        "select count(*), sum(missed_count), sum(due_count), max(touch_count) <= any_value(touch_limit),"
        " count(*) filter (is_over_touch_limit) from mart_standard_flow"
    ).fetchall() == [(CUSTOMERS, 0, len(due), True, 0)]
    (mean,) = con.execute("select avg(touch_count) from mart_standard_flow").fetchone()
    assert 0 < mean <= CAP


def test_a_visit_entered_on_its_own_day_is_missed_and_said_to_be(con: duckdb.DuckDBPyConnection) -> None:
    visit = BEGIN + dt.timedelta(days=30)
    con.execute(
        "insert into stg_work__work_orders values ('late', 'C1', 'maintenance', 'open', ?, ?)", [visit, visit]
    )
    first_shown = _live_through(con)
    assert not any("/late/" in number for number in first_shown)
    assert con.execute("select customer_id from mart_standard_flow where missed_count > 0").fetchall() == [
        ("C1",)
    ]


def test_a_manager_who_calls_all_the_time_is_told(con: duckdb.DuckDBPyConnection) -> None:
    for number in range(CAP + 1):
        con.execute("insert into contact values ('C2', ?, true)", [END - dt.timedelta(days=number)])
    con.execute("update build_context set as_of_on = ?", [END])
    assert con.execute(
        "select customer_id, touch_count from mart_standard_flow where is_over_touch_limit"
    ).fetchall() == [("C2", CAP + 1)]


def test_a_company_may_have_another_cadence_or_none(con: duckdb.DuckDBPyConnection) -> None:
    count = "select count(*) from fct_customer_reminder where kind_code = 'standard_service'"
    usual = con.execute(count).fetchone()
    con.execute("update figure_default set value = 45 where name = 'standard_service_days'")
    often = con.execute(count).fetchone()
    con.execute("update figure_default set value = 0 where name = 'standard_service_days'")
    assert usual[0] < often[0]
    assert con.execute(count).fetchone() == (0,)


def _rendered(root: Path, model: Path) -> str:
    macros = [root / "dbt_project" / "macros" / f"{name}.sql" for name in ("as_of_on", "figures")]
    text = "\n".join(file.read_text("utf-8") for file in (*macros, model))
    return jinja2.Template(text).render(ref=lambda name: name, source=lambda _, name: name)


def _people_the_company(con: duckdb.DuckDBPyConnection) -> None:
    dice = random.Random(7)
    for number in range(1, CUSTOMERS + 1):
        customer = f"C{number}"
        since = BEGIN - dt.timedelta(days=dice.randrange(20, 2_000))
        con.execute(
            "insert into dim_customer values (?, ?, false, ?, 'school', 'east', 'AM1', ?)",
            [customer, customer, f"School {number}", since if number % 7 else None],
        )
        con.execute("insert into dim_customer_tier values (?, 'B', true)", [customer])
        ends = BEGIN + dt.timedelta(days=dice.randrange(-60, 300))
        con.execute(
            "insert into stg_crm__contracts values (?, ?, 'signed', ?, ?, ?)",
            [f"K{number}", customer, ends - dt.timedelta(days=700), ends, ends + dt.timedelta(days=200)],
        )
        visit = BEGIN + dt.timedelta(days=dice.randrange(20, 120))
        con.execute(
            "insert into stg_work__work_orders values (?, ?, 'maintenance', 'open', ?, ?)",
            [f"W{number}", customer, visit, visit - dt.timedelta(days=dice.randrange(2, 40))],
        )
    con.execute(
        "insert into dim_customer values ('S1', 'S1', false, 'Big', 'school', 'east', 'AM2', ?)", [BEGIN]
    )
    con.execute("insert into dim_customer_tier values ('S1', 'S', true)")


def _live_through(con: duckdb.DuckDBPyConnection) -> dict[str, dt.date]:
    """The quarter and the weeks before as they are lived: each morning the calendar is read and obeyed.

    A machine writes for each reminder; a person calls only before visits and ends of contracts. Returns when
    each reminder was seen first.
    """
    seen: dict[str, dt.date] = {}
    for number in range(-20, DAYS):
        today = BEGIN + dt.timedelta(days=number)
        con.execute("update build_context set as_of_on = ?", [today])
        for reminder, customer, kind, _ in con.execute(OPEN).fetchall():
            if reminder in seen:
                continue
            seen[reminder] = today
            con.execute("insert into contact values (?, ?, false)", [customer, today])
            if kind in ("visit", "contract_end"):
                con.execute("insert into contact values (?, ?, true)", [customer, today])
    return seen
