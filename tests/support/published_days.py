"""Two published days of the small company that differ in known facts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from tests.support.published import publish_company
from tests.support.published_partners import AS_OF

BEFORE, AFTER = "night-2025-09-29", "night-2025-09-30"
#: What is otherwise on the second day, by what hangs on it: a customer's year of orders, a supplier's
#: purchases, a milestone's budget.
FACTS = (
    "update marts.mart_customer_portrait set is_silent = true where customer_id = 'C1'",
    "update marts.mart_supplier_scorecard set score = 60 where supplier_id = 'S1'",
    (
        "update marts.fct_milestone set is_overdue = true, days_late = 1, frozen_reporting_amount = 2000000"
        " where milestone_id = 'P1-4'"
    ),
)
CALM = "update marts.fct_milestone set is_overdue = false where milestone_id = 'P1-4'"


def publish_two_days(root: Path) -> None:
    """Yesterday as it was, today with FACTS on top of it."""
    publish_company(root, name=BEFORE)
    _change(root, BEFORE, (CALM,))
    publish_company(root, name=AFTER, earlier=[BEFORE])
    yesterday = AS_OF - dt.timedelta(days=1)
    _change(root, AFTER, FACTS)
    _change(
        root,
        AFTER,
        (f"update ops.publication set as_of_on = '{yesterday}' where name = '{BEFORE}'",),
    )


def _change(root: Path, name: str, statements: tuple[str, ...]) -> None:
    with duckdb.connect(str(root / "published" / f"{name}.duckdb")) as con:
        for statement in statements:
            con.execute(statement)
