"""The way from lead to cash of the make-believe company, walked a second time."""

import polars as pl

from tests.support.figure_day import UNTIL
from tests.support.sums import agree
from tests.support.warehouse import Warehouse

Frames = dict[str, pl.DataFrame]
STAGES = ("opportunity", "quote", "contract", "delivery", "acceptance", "invoice", "cash")


def test_the_funnel_counts_each_lead_as_far_as_it_got(built: Warehouse, frames: Frames) -> None:
    leads = _lead_dates(frames)
    for number, stage in enumerate(STAGES):
        reached = pl.any_horizontal(pl.col(each).is_not_null() for each in STAGES[number:])
        counts = dict(leads.group_by("month").agg(reached.sum()).iter_rows())
        found = dict(built.rows(f"select month_on, {stage}_count from marts.mart_funnel_month"))
        assert found == counts, stage
        before = ("lead", *STAGES)[number]
        shares = built.rows(
            f"select {stage}_count / nullif({before}_count, 0), {stage}_conversion_share, {stage}_drop_count,"
            f" {before}_count - {stage}_count from marts.mart_funnel_month"
        )
        assert all(row[2] == row[3] for row in shares)
        agree(dict(enumerate(row[1] for row in shares)), dict(enumerate(row[0] for row in shares)))


def test_the_funnel_says_how_long_each_step_took(built: Warehouse, frames: Frames) -> None:
    leads = _lead_dates(frames)
    steps = [*zip(("created", *STAGES), STAGES, STAGES, strict=False), ("created", "cash", "lead_to_cash")]
    for before, after, name in steps:
        days = (pl.col(after) - pl.col(before)).dt.total_days()
        expected = dict(leads.group_by("month").agg(days.median()).iter_rows())
        found = dict(built.rows(f"select month_on, {name}_median_days from marts.mart_funnel_month"))
        agree(found, expected, within=0.05)


def _lead_dates(frames: Frames) -> pl.DataFrame:
    """Each lead with the first day of each stage."""
    orders = frames["erp__orders"].filter(pl.col("status_code") != "cancelled")
    invoices = frames["erp__invoices"].filter(pl.col("kind_code") == "invoice")
    cash = frames["erp__payments"].join(invoices.select("invoice_id", "contract_id"), on="invoice_id")
    signed = frames["crm__contracts"].filter(pl.col("status_code").is_in(["signed", "closed"]))
    tables = {
        "contract": ("opportunity_id", signed, "signed_on"),
        "quote": ("opportunity_id", frames["crm__quotes"], "quoted_on"),
        "delivery": ("contract_id", orders, "delivered_on"),
        "acceptance": ("contract_id", frames["erp__acceptances"], "accepted_on"),
        "invoice": ("contract_id", invoices, "issued_on"),
        "cash": ("contract_id", cash, "paid_on"),
    }
    found = frames["crm__opportunities"].filter(pl.col("opened_on") <= UNTIL)
    found = found.select("lead_id", "opportunity_id", pl.col("opened_on").alias("opportunity"))
    found = found.join(signed.select("opportunity_id", "contract_id"), on="opportunity_id", how="left")
    for stage, (key, table, column) in tables.items():
        firsts = table.drop_nulls(key).group_by(key).agg(pl.col(column).min().alias(stage))
        found = found.join(firsts, on=key, how="left")
    firsts = found.group_by("lead_id").agg(pl.col(stage).min() for stage in STAGES)
    created = (pl.col("created_at") + pl.duration(hours=8)).dt.date()
    return (
        frames["crm__leads"]
        .select("lead_id", created.alias("created"), created.dt.truncate("1mo").alias("month"))
        .filter(pl.col("created") <= UNTIL)
        .join(firsts, on="lead_id", how="left")
    )
