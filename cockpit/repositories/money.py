"""Queries about money: from budget to cash, profit and loss, receivables, the way to cash, queues."""

import datetime as dt

import polars as pl

from cockpit.repositories.published import Reader

ROWS_SHOWN = 1_000
LINES = ("revenue", "material", "labour", "subcontract", "freight", "overhead", "cost", "gross_margin")
STAGES = ("opportunity", "quote", "contract", "delivery", "acceptance", "invoice", "cash")
# A period with a region that nobody knows is not known for the company either.
_COMPANY = ", ".join(
    f"case when count(*) = count({line}_amount) then sum({line}_amount) end as {line}_amount"
    for line in LINES
)


def cash(reader: Reader) -> pl.DataFrame:
    """One row a project from budget to cash, the largest contract first."""
    return reader.rows(
        "select * from marts.mart_project_cash order by contract_amount desc nulls last, project_id"
    )


def profit(reader: Reader, period: str) -> pl.DataFrame:
    """Profit and loss of the company by `period` (month or quarter), oldest first, with what was restated."""
    table, column = (
        ("mart_profit_quarter", "quarter_on") if period == "quarter" else ("mart_profit_month", "month_on")
    )
    return reader.rows(
        f"""
        with periods as (
            select
                {column} as period_on, max(period_end_on) as period_end_on,
                any_value(currency_code) as currency_code, bool_and(is_closed) as is_closed, {_COMPANY},
                sum(entry_count)::bigint as entry_count, sum(unknown_count)::bigint as unknown_count
            from marts.{table}
            group by {column}
        ),

        restated as (
            select
                period_on, version_no, seen_on, is_restated, gross_margin_difference_amount,
                revenue_difference_amount, cost_difference_amount
            from marts.mart_profit_restatement
            where period_code = ?
            qualify row_number() over (partition by period_on order by version_no desc) = 1
        )

        select
            periods.*, periods.gross_margin_amount / nullif(periods.revenue_amount, 0) as gross_margin_share,
            coalesce(restated.is_restated, false) as is_restated, restated.version_no, restated.seen_on,
            restated.revenue_difference_amount, restated.cost_difference_amount,
            restated.gross_margin_difference_amount
        from periods
        left join restated on periods.period_on = restated.period_on
        order by periods.period_on
        """,
        period,
    )


def receivables(reader: Reader) -> pl.DataFrame:
    """One row a customer that owes: what is open by age, the most overdue first."""
    return reader.rows(
        """
        select
            customer_id, coalesce(customer_name, customer_id) as customer_name, currency_code,
            receivable_amount, current_amount, overdue_amount, overdue_1_30_amount, overdue_31_60_amount,
            overdue_61_90_amount, overdue_over_90_amount, overdue_share, dso_days, payment_grade
        from marts.mart_customer_portrait
        where receivable_amount != 0
        order by overdue_amount desc nulls last, receivable_amount desc, customer_id
        """
    )


def overdue_invoices(reader: Reader, customer_id: str) -> pl.DataFrame:
    """Open invoices of a customer, the longest overdue first."""
    return reader.rows(
        f"""
        select
            invoice_id, project_id, kind_code, issued_on, due_on, overdue_days,
            invoice_reporting_amount, open_reporting_amount
        from marts.fct_invoice
        where customer_id = ? and open_amount != 0
        order by overdue_days desc nulls last, due_on, invoice_id
        limit {ROWS_SHOWN}
        """,
        customer_id,
    )


def funnel(reader: Reader) -> pl.DataFrame:
    """One row a month of leads and how far they got, oldest first."""
    counts = ", ".join(f"{stage}_count" for stage in ("lead", *STAGES))
    return reader.rows(f"select month_on, {counts} from marts.mart_funnel_month order by month_on")


def queues(reader: Reader) -> pl.DataFrame:
    """What finance has to clear up: rows and amount by queue and reason, the largest amount first."""
    return reader.rows(
        """
        select
            queue_code, reason_code, count(*) as row_count, sum(reporting_amount) as reporting_amount,
            min(happened_on) as first_on, any_value(currency_code) as currency_code
        from marts.mart_money_exception
        group by queue_code, reason_code
        order by reporting_amount desc nulls last, queue_code, reason_code
        """
    )


def queue_rows(reader: Reader, queue_code: str) -> pl.DataFrame:
    """The rows of one queue, the largest amount first."""
    return reader.rows(
        f"""
        select
            item.source_id, item.reason_code, item.happened_on,
            coalesce(project.project_name, item.project_id) as project_name,
            coalesce(customer.customer_name, item.customer_id) as customer_name,
            item.work_order_id, item.invoice_id, item.person_id, item.reporting_amount,
            item.currency_code, item.description
        from marts.mart_money_exception as item
        left join marts.mart_project_cash as project on item.project_id = project.project_id
        left join marts.mart_customer_portrait as customer on item.customer_id = customer.customer_id
        where item.queue_code = ?
        order by abs(item.reporting_amount) desc nulls last, item.source_id
        limit {ROWS_SHOWN}
        """,
        queue_code,
    )


def cost_rows(reader: Reader, project_id: str) -> pl.DataFrame:
    """What a project cost, by line of the statement and work order; the rows add up to its actual cost."""
    return reader.rows(
        f"""
        select
            entry.line_code, entry.source_code, expense.work_order_id, expense.work_order_kind_code,
            count(*) as entry_count, sum(entry.reporting_amount) as reporting_amount,
            min(entry.booked_on) as first_on, max(entry.booked_on) as last_on
        from marts.fct_profit_entry as entry
        left join marts.fct_expense as expense
            on entry.source_code = 'expense' and entry.source_id = expense.expense_id
        where entry.project_id = ? and entry.is_cost
        group by all
        order by reporting_amount desc nulls last, line_code, work_order_id
        limit {ROWS_SHOWN}
        """,
        project_id,
    )


def profit_since(reader: Reader, after_on: dt.date, until_on: dt.date) -> pl.DataFrame:
    """One row: revenue and gross margin of what was booked in (after_on, until_on]; NULL when not known."""
    return reader.rows(
        """
        select
            case when count(*) filter (line_code = 'revenue')
                = count(reporting_amount) filter (line_code = 'revenue')
                then coalesce(sum(reporting_amount) filter (line_code = 'revenue'), 0) end as revenue_amount,
            case when count(*) = count(margin_amount) then sum(margin_amount) end as gross_margin_amount,
            count(*) as entry_count
        from marts.fct_profit_entry
        where booked_on > ? and booked_on <= ?
        """,
        after_on,
        until_on,
    )
