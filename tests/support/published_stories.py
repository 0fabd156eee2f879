"""The small company on two published days with people at work: what the acceptance stories are told on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from actions.items import chain_of
from lake.settings import Settings
from pipelines.reports import make_reports
from tests.support.published_actions import open_items, opening, write
from tests.support.published_days import AFTER, BEFORE, publish_two_days

CARE_RULE = "care_plan_low_ratings"
#: Two customers whose last two ratings were low, each with a plan of their own.
LOW_RATERS = ("C2", "C3")
CLOSED_MONTH = dt.date(2025, 3, 1)
_RESTATED = (
    # What was booked late stands in the month as it is now, and in the second version of its closing.
    (
        "update marts.mart_profit_month set material_amount = material_amount + 30000,"
        " cost_amount = cost_amount + 30000, gross_margin_amount = gross_margin_amount - 30000,"
        " gross_margin_share = (gross_margin_amount - 30000) / revenue_amount"
        f" where month_on = '{CLOSED_MONTH}'"
    ),
    *(
        f"update marts.mart_profit_restatement set {line}_amount = (select m.{line}_amount"
        f" from marts.mart_profit_month as m where m.month_on = '{CLOSED_MONTH}')"
        " where version_no = 2"
        for line in ("material", "labour", "subcontract", "freight", "overhead")
    ),
)
#: The registered figure as the overview's months have it, over the same twelve of them.
_MEASURED = (
    "update ops.figure_run set value = (select sum(milestone_on_time_count) / sum(milestone_due_count)"
    " from (from marts.mart_overview_month order by period_on desc limit 12))"
    " where figure_id = 'milestone_on_time_share'"
)
#: Where the projects lie: two regions, three cities.
_PLACES = (
    "update marts.dim_project set region_code = 'east', city = '上海' where project_id in ('P1', 'P3')",
    "update marts.dim_project set region_code = 'east', city = '杭州' where project_id = 'P5'",
    "update marts.dim_project set region_code = 'south', city = '广州' where region_code is null",
)


def publish_stories(root: Path) -> Settings:
    """Two published days, open items, the reports that are due; the settings of the lake."""
    publish_two_days(root)
    for name in (BEFORE, AFTER):
        with duckdb.connect(str(root / "published" / f"{name}.duckdb")) as con:
            for statement in (*_RESTATED, _MEASURED, *_PLACES, _policy()):
                con.execute(statement)
    store = open_items(root)
    other = opening(CARE_RULE, "customer", LOW_RATERS[1], "region_manager", "P02", 4_100_000, 4)
    write(store, "open-care-2", chain_of(CARE_RULE, LOW_RATERS[1]), other, 0, "rules")
    settings = Settings(lake=root)
    make_reports(settings)
    return settings


def _policy() -> str:
    """Up to 5,000 for a delay, whatever the tier."""
    return (
        "insert into marts.dim_compensation_policy by name select tier_code, 'delay' as cause_code,"
        " date '2025-01-01' as valid_from_on, 5000 as max_amount, 'CNY' as currency_code,"
        " 'executive' as approver_role_code from unnest(['S', 'A', 'B', 'C']) as tiers(tier_code)"
    )
