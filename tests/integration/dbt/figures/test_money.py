"""Money of the make-believe company, counted a second time from what its systems hold.

Amounts are in CNY throughout: this company has no other currency. Sums are compared to 0.01.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
import yaml

from tests.support.figure_day import UNTIL
from tests.support.sums import Sums, agree, sums
from tests.support.warehouse import DBT_PROJECT, Warehouse

Frames = dict[str, pl.DataFrame]
LINES = ("revenue", "material", "labour", "subcontract", "freight", "overhead")
MARTS = ("mart_project_cash", "mart_profit_month", "mart_funnel_month")


@pytest.fixture(scope="module")
def entries(frames: Frames) -> pl.DataFrame:
    """Every revenue and cost, from the definitions: line, day, project, customer, amount, region, segment."""
    found = pl.concat(
        [_revenue(frames), _spent(frames), *_received(frames), _delivered(frames), _shipped(frames)],
        how="diagonal",
    )
    projects = frames["projects__projects"].select(
        "project_id",
        pl.col("customer_id").alias("project_customer_id"),
        pl.col("region_code").alias("project_region"),
    )
    customers = frames["crm__customers"].select("customer_id", "region_code", "segment_code")
    return (
        found.join(projects, on="project_id", how="left")
        .with_columns(pl.coalesce("project_customer_id", "customer_id").alias("customer_id"))
        .join(customers, on="customer_id", how="left")
        .with_columns(
            pl.coalesce("project_region", "region_code").alias("region_code"),
            pl.col("day").dt.truncate("1mo").alias("month"),
            pl.col("day").dt.truncate("1q").alias("quarter"),
        )
    )


@pytest.fixture(scope="module")
def bars(frames: Frames, entries: pl.DataFrame) -> dict[str, Sums]:
    """The bars of the waterfall by project."""
    invoices, payments = frames["erp__invoices"], frames["erp__payments"]
    paid = payments.group_by("invoice_id").agg(pl.col("paid_amount").cast(float).sum().alias("paid"))
    late = invoices.join(paid, on="invoice_id", how="left").filter(
        pl.col("due_on") < UNTIL, pl.col("status_code") != "paid"
    )
    late = late.with_columns(pl.col("invoice_amount").cast(float) - pl.col("paid").fill_null(0))
    return {
        # Before its signature a project has the budget it was asked for with.
        "budget": sums(frames["projects__projects"], "project_id", "budget_amount")
        | sums(frames["erp__budgets"], "project_id", "budget_amount"),
        "committed": _committed(frames),
        "actual": sums(entries.filter(pl.col("line") != "revenue"), "project_id", "amount"),
        "invoiced": sums(invoices, "project_id", "invoice_amount"),
        "collected": sums(payments, "project_id", "paid_amount"),
        "overdue": sums(late, "project_id", "invoice_amount"),
    }


@pytest.mark.parametrize("bar", ["budget", "committed", "actual", "invoiced", "collected", "overdue"])
def test_a_bar_of_the_waterfall_is_what_the_books_say(
    built: Warehouse, bars: dict[str, Sums], bar: str
) -> None:
    rows = built.rows(f"select project_id, {bar}_amount from marts.mart_project_cash")
    expected = {project: bars[bar].get(project, 0) for project, _ in rows}
    assert any(expected.values()), "a bar without an amount proves nothing"
    agree(dict(rows), expected)


def test_the_campus_has_the_budget_and_the_contract_it_was_given(built: Warehouse) -> None:
    campus = built.row("select * from marts.mart_project_cash where project_id = 'PJ-G2-1'")
    assert (campus["budget_amount"], campus["contract_amount"]) == (86_400_000, 112_000_000)
    # 30 % at the signature, 40 % at delivery, 25 % at acceptance; the last 5 % are held back.
    assert campus["invoiced_amount"] == 112_000_000 * 95 // 100
    assert campus["retention_amount"] == 112_000_000 * 5 // 100


def test_the_margin_forecast_is_the_contract_less_the_larger_of_budget_and_known_cost(
    built: Warehouse, frames: Frames, bars: dict[str, Sums]
) -> None:
    expected: dict[str, float | None] = {}
    for project in frames["projects__projects"].iter_rows(named=True):
        name = project["project_id"]
        known = (bars["actual"].get(name) or 0) + (bars["committed"].get(name) or 0)
        budget = bars["budget"][name]
        cost = known if project["status_code"] == "completed" else max(budget, known)
        is_cancelled = project["status_code"] == "cancelled"
        expected[name] = None if is_cancelled else float(project["contract_amount"]) - cost
    found = built.rows("select project_id, margin_forecast_amount from marts.mart_project_cash")
    agree(dict(found), expected)
    shares = built.rows(
        "select margin_forecast_amount / contract_amount, margin_forecast_share from marts.mart_project_cash"
        " where margin_forecast_amount is not null"
    )
    assert all(share == pytest.approx(float(again), abs=1e-6) for share, again in shares)


def test_every_expense_is_traced_as_its_work_order_says(built: Warehouse, frames: Frames) -> None:
    orders = frames["work__work_orders"].select(
        "work_order_id",
        pl.col("project_id").alias("order_project"),
        (pl.col("closed_at") + pl.duration(hours=8)).dt.date().alias("closed_on"),
    )
    expenses = frames["erp__expenses"].join(orders, on="work_order_id", how="left")
    is_good = (
        (pl.col("order_project") == pl.col("project_id"))
        & ((pl.col("spent_on") <= pl.col("closed_on")) | pl.col("closed_on").is_null())
    ).fill_null(False)
    booked = expenses.filter(pl.col("status_code") == "booked")
    shares = booked.group_by("project_id").agg(is_good.mean().alias("share"))
    found = built.rows(
        "select project_id, traced_expense_share from marts.mart_project_cash where expense_count > 0"
    )
    agree(dict(found), dict(shares.iter_rows()))
    bad = expenses.filter(~is_good, pl.col("status_code") != "rejected")["expense_id"].to_list()
    queue = built.rows("select source_id from marts.mart_money_exception where queue_code = 'expense'")
    assert sorted(name for (name,) in queue) == sorted(bad)


def test_every_receipt_goes_back_to_a_lead_or_is_listed(built: Warehouse, frames: Frames) -> None:
    invoices = frames["erp__invoices"].select("invoice_id", "contract_id")
    contracts = frames["crm__contracts"].select("contract_id", "opportunity_id")
    leads = frames["crm__opportunities"].select("opportunity_id", "lead_id")
    chain = (
        frames["erp__payments"]
        .join(invoices, on="invoice_id", how="left")
        .join(contracts, on="contract_id", how="left")
        .join(leads, on="opportunity_id", how="left")
    )
    traced = dict(chain.select("payment_id", "lead_id").drop_nulls().iter_rows())
    found = dict(built.rows("select payment_id, lead_id from marts.fct_payment where trace_code = 'traced'"))
    assert found == traced != {}
    listed = {
        name
        for (name,) in built.rows(
            "select source_id from marts.mart_money_exception where queue_code in ('lead', 'payment')"
        )
    }
    assert listed == set(chain["payment_id"]) - set(traced)


@pytest.mark.parametrize("period", ["month", "quarter"])
@pytest.mark.parametrize("line", [*LINES, "cost", "gross_margin"])
def test_a_line_of_the_statement_is_the_sum_of_its_entries(
    built: Warehouse, entries: pl.DataFrame, line: str, period: str
) -> None:
    chosen = {"cost": pl.col("line") != "revenue", "gross_margin": pl.lit(True)}
    is_minus = (line == "gross_margin") & (pl.col("line") != "revenue")
    amount = pl.when(is_minus).then(-pl.col("amount")).otherwise("amount")
    own = entries.filter(chosen.get(line, pl.col("line") == line)).with_columns(amount.alias("amount"))
    totals = own.group_by(period, "region_code", "segment_code").agg(pl.col("amount").sum())
    expected = {(row[0], row[1], row[2]): row[3] for row in totals.iter_rows()}
    rows = built.rows(
        f"select {period}_on, region_code, segment_code, {line}_amount from marts.mart_profit_{period}"
    )
    found = {row[:3]: row[3] for row in rows}
    assert set(expected) <= set(found)
    agree(found, {key: expected.get(key, 0) for key in found})


def test_a_first_night_writes_the_first_version_of_every_closed_period(
    built: Warehouse, entries: pl.DataFrame
) -> None:
    costs = pl.when(pl.col("line") == "revenue").then("amount").otherwise(-pl.col("amount"))
    totals = entries.group_by("month").agg(costs.sum().alias("margin")).sort("month")
    # Five days after its end the books of a month are closed: of the business date's own month they are not.
    closed = totals.filter(pl.col("month") < UNTIL.replace(day=1))
    rows = built.rows(
        "select period_on, gross_margin_amount, version_no, is_restated, gross_margin_difference_amount"
        " from marts.mart_profit_restatement where period_code = 'month'"
    )
    agree({row[0]: row[1] for row in rows}, dict(closed.iter_rows()))
    assert {row[2:] for row in rows} == {(1, False, None)}


@pytest.mark.parametrize("mart", MARTS)
def test_a_figure_computed_over_its_rows_is_the_cell_of_the_mart(built: Warehouse, mart: str) -> None:
    checked = 0
    for column, figure in _figures(mart):
        of, filters = figure["of"], figure["of"]["filters"]
        matches = [f"rows.{filters[name]} = mart.{cell}" for name, cell in _grain(mart).items()]
        condition = " and ".join([*matches, f"({of['where']})" if "where" in of else "true"])
        rows = built.rows(
            f"select mart.{column}, (select {of['value']} from marts.{of['from']} as rows"
            f" where {condition}) from marts.{mart} as mart"
        )
        within = 0.05 if column.endswith("_days") else 0.005
        cells, again = ({place: row[part] for place, row in enumerate(rows)} for part in (0, 1))
        agree(cells, again, within, column)
        checked += 1
    assert checked >= 8


def _revenue(frames: Frames) -> pl.DataFrame:
    """Invoices net of tax on their day; a prepayment on the day its project was first accepted."""
    accepted = frames["erp__acceptances"].group_by("project_id").agg(pl.col("accepted_on").min())
    invoices = frames["erp__invoices"].join(accepted, on="project_id", how="left")
    earned = pl.when(pl.col("kind_code") == "prepayment").then("accepted_on").otherwise("issued_on")
    return invoices.select(
        pl.lit("revenue").alias("line"),
        earned.alias("day"),
        "project_id",
        "customer_id",
        (pl.col("invoice_amount") - pl.col("tax_amount")).cast(float).alias("amount"),
    ).filter(pl.col("day").is_not_null())


def _spent(frames: Frames) -> pl.DataFrame:
    line = pl.col("cost_code").replace({"travel": "overhead", "equipment": "material"})
    return (
        frames["erp__expenses"]
        .filter(pl.col("status_code") == "booked")
        .select(
            line.alias("line"),
            pl.col("booked_on").alias("day"),
            "project_id",
            pl.col("expense_amount").cast(float).alias("amount"),
        )
    )


def _received(frames: Frames) -> Iterator[pl.DataFrame]:
    """Goods accepted for a project, and their freight, by what the line cost."""
    goods = _goods(frames).filter(pl.col("project_id").is_not_null())
    for line in ("material", "freight"):
        yield goods.select(
            pl.lit(line).alias("line"),
            pl.col("received_on").alias("day"),
            "project_id",
            (pl.col(f"{line}_by_now") - pl.col(f"{line}_before")).alias("amount"),
        )


def _goods(frames: Frames) -> pl.DataFrame:
    """Receipts with the worth of all goods of their line that came before them, and with them, in cents."""
    orders = frames["erp__purchase_orders"].select("purchase_order_id", "project_id")
    lines = frames["erp__purchase_lines"].join(orders, on="purchase_order_id")
    lines = lines.select(
        "purchase_order_id", "line_no", "project_id", "quantity", "line_amount", "freight_amount"
    )
    came = pl.col("quantity_accepted").cast(float).cum_sum().over("purchase_order_id", "line_no")
    receipts = frames["erp__receipts"].sort("received_on", "receipt_id").with_columns(came.alias("by_now"))
    goods = receipts.join(lines, on=["purchase_order_id", "line_no"])
    before = pl.col("by_now") - pl.col("quantity_accepted").cast(float)
    return goods.with_columns(
        (pl.col(column).cast(float) / pl.col("quantity").cast(float) * came_by)
        .round(2, mode="half_away_from_zero")
        .alias(f"{line}_{when}")
        for line, column in (("material", "line_amount"), ("freight", "freight_amount"))
        for when, came_by in (("by_now", pl.col("by_now")), ("before", before))
    )


def _delivered(frames: Frames) -> pl.DataFrame:
    """Goods of orders at standard cost on the day the customer had them; a return is negative by itself."""
    orders = frames["erp__orders"].select("order_id", "customer_id", "project_id", "status_code")
    costs = frames["erp__products"].select("product_id", "standard_cost_amount")
    lines = frames["erp__order_lines"].join(orders, on="order_id").join(costs, on="product_id")
    cost = pl.col("quantity").cast(float) * pl.col("standard_cost_amount").cast(float)
    return lines.filter(pl.col("delivered_on").is_not_null()).select(
        pl.lit("material").alias("line"),
        pl.col("delivered_on").alias("day"),
        "project_id",
        "customer_id",
        cost.alias("amount"),
    )


def _shipped(frames: Frames) -> pl.DataFrame:
    orders = frames["erp__orders"].select("order_id", "customer_id")
    return (
        frames["wms__shipments"]
        .filter(pl.col("shipped_at").is_not_null())
        .join(orders, on="order_id")
        .select(
            pl.lit("freight").alias("line"),
            (pl.col("shipped_at") + pl.duration(hours=8)).dt.date().alias("day"),
            "project_id",
            "customer_id",
            pl.col("freight_amount").cast(float).alias("amount"),
        )
    )


def _committed(frames: Frames) -> Sums:
    """What is still to come of each purchase line, and expenses claimed and not booked."""
    came = (
        _goods(frames)
        .group_by("purchase_order_id", "line_no")
        .agg(pl.col("material_by_now").max().alias("came"))
    )
    orders = frames["erp__purchase_orders"].select("purchase_order_id", "project_id")
    left = (pl.col("line_amount").cast(float) - pl.col("came").fill_null(0)).clip(lower_bound=0)
    lines = (
        frames["erp__purchase_lines"]
        .join(orders, on="purchase_order_id")
        .join(came, on=["purchase_order_id", "line_no"], how="left")
        .select("project_id", left.alias("amount"))
    )
    claims = frames["erp__expenses"].filter(pl.col("status_code").is_in(["claimed", "approved"]))
    claims = claims.select("project_id", pl.col("expense_amount").cast(float).alias("amount"))
    return sums(pl.concat([lines, claims]), "project_id", "amount")


def _figures(mart: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Columns of the mart that are registered figures computed over rows."""
    file = DBT_PROJECT / "models" / "marts" / "money" / "_money.yml"
    models = yaml.safe_load(file.read_text("utf-8"))["models"]
    columns = next(model["columns"] for model in models if model["name"] == mart)
    for column in columns:
        figure = column.get("config", {}).get("meta", {}).get("figure", {})
        if "of" in figure:
            yield column["name"], figure


def _grain(mart: str) -> dict[str, str]:
    """Filters that pick one row of the mart, with the column of the mart for each."""
    if mart == "mart_project_cash":
        return {"project": "project_id"}
    both = {"region": "region_code", "segment": "segment_code"}
    return {"month": "month_on"} | (both if mart == "mart_profit_month" else {})
