"""Queries about late batches, what can be done about them, and what a what-if of one project needs."""

import polars as pl

from cockpit.repositories.published import Reader
from cockpit.repositories.tables import has_table


def late_batches(reader: Reader, supplier_id: str | None = None) -> pl.DataFrame:
    """One row a late purchase line, of all suppliers or one, those that move their project most first."""
    return reader.rows(
        """
        select * from marts.mart_batch_risk
        where $1 is null or supplier_id = $1
        order by
            project_shift_p80_days desc nulls last, project_shift_p50_days desc nulls last, late_days desc,
            purchase_line_id
        """,
        supplier_id,
    )


def project_batches(reader: Reader, project_id: str) -> pl.DataFrame:
    """The late purchase lines of one project, as `late_batches`."""
    return late_batches(reader).filter(pl.col("project_id") == project_id)


def options(reader: Reader, purchase_line_id: str) -> pl.DataFrame:
    """What can be done about a late line, the best first."""
    return reader.rows(
        "select * from marts.mart_batch_option where purchase_line_id = ? order by option_rank",
        purchase_line_id,
    )


def limit_amount(reader: Reader, name: str) -> float | None:
    """A limit of the company in its reporting currency, above which another person must approve."""
    found = reader.rows("select value from marts.figure_default where name = ?", name)
    return None if found.is_empty() else found["value"][0]


def milestones(reader: Reader, project_id: str) -> pl.DataFrame:
    """The milestones of a project with their dates, state and crew, in the order of the plan."""
    return reader.rows(
        """
        select milestone_id, project_id, name, sequence_no, planned_start_on, planned_finish_on, started_on,
            finished_on, progress_pct, state_code, crew_id, region_code, forecast_finish_on
        from marts.fct_milestone
        where project_id = ?
        order by sequence_no nulls last, planned_start_on nulls last, milestone_id
        """,
        project_id,
    )


def crew_work(reader: Reader, project_id: str) -> pl.DataFrame:
    """The milestones of a project, and what its open milestones' crews are planned for in other projects."""
    return reader.rows(
        """
        select milestone_id, project_id, name, sequence_no, planned_start_on, planned_finish_on, started_on,
            finished_on, progress_pct, state_code, crew_id, forecast_finish_on
        from marts.fct_milestone
        where project_id = $1
            or (
                crew_id in (select crew_id from marts.fct_milestone where project_id = $1 and not is_finished)
                and not is_finished and state_code is distinct from 'cancelled'
            )
        order by project_id = $1 desc, sequence_no nulls last, milestone_id
        """,
        project_id,
    )


def moved_by_batches(reader: Reader, project_id: str) -> pl.DataFrame:
    """What late batches move in a project's plan: one row a batch and milestone, nearest to the batch first.

    Empty where the publication does not tell it.
    """
    if not has_table(reader, "ml", "ml_batch_risk"):
        return pl.DataFrame()
    return reader.rows(
        """
        select coalesce(product.name, risk.batch_id) as batch_name, risk.due_on, risk.expected_p50_on,
            risk.expected_p80_on, coalesce(milestone.name, risk.milestone_id) as milestone_name,
            risk.steps as link_count, risk.shift_p50_days, risk.shift_p80_days,
            risk.project_shift_p50_days, risk.project_shift_p80_days
        from ml.ml_batch_risk as risk
        left join marts.fct_milestone as milestone on risk.milestone_id = milestone.milestone_id
        left join marts.fct_purchase_line as line on risk.batch_id = line.purchase_line_id
        left join marts.dim_product as product on line.product_id = product.product_id
        where risk.project_id = ?
        order by risk.project_shift_p80_days desc, risk.batch_id, risk.steps, risk.milestone_id
        """,
        project_id,
    )


def delays(reader: Reader, project_id: str) -> pl.DataFrame:
    """When the milestones of a project are forecast to finish."""
    return reader.rows(
        """
        select milestone_id, finish_p50_on, finish_p80_on
        from marts.mart_milestone_outlook
        where project_id = ? and finish_p50_on is not null
        order by milestone_id
        """,
        project_id,
    )


def purchase_lines(reader: Reader, project_id: str) -> pl.DataFrame:
    """The purchase lines that milestones of a project wait for, cancelled ones left out."""
    return reader.rows(
        """
        select line.purchase_line_id, line.project_id, line.milestone_id, line.product_id, line.supplier_id,
            line.quantity, line.quantity_open, line.line_amount, line.currency_code, line.promised_on,
            line.current_promised_on
        from marts.fct_purchase_line as line
        inner join marts.fct_milestone as milestone on line.milestone_id = milestone.milestone_id
        where milestone.project_id = ? and not line.is_cancelled
        order by line.purchase_line_id
        """,
        project_id,
    )


def offers(reader: Reader, project_id: str) -> pl.DataFrame:
    """Who else quotes what milestones of a project still wait for: one row a line and supplier.

    Of several prices of a supplier the newest one whose quantity the line reaches. extra_amount: what the
    open quantity costs more than by the line, NULL where the two are in different currencies.
    """
    return reader.rows(
        """
        select line.purchase_line_id, line.milestone_id,
            coalesce(product.name, line.product_id) as product_name,
            price.supplier_id, coalesce(supplier.name, price.supplier_id) as supplier_name,
            price.lead_time_days,
            case when price.currency_code = line.currency_code then
                line.quantity_open * (price.unit_price_amount - line.line_amount / nullif(line.quantity, 0))
            end as extra_amount,
            line.currency_code
        from marts.fct_purchase_line as line
        inner join marts.fct_milestone as milestone on line.milestone_id = milestone.milestone_id
        inner join marts.dim_supplier_price as price
            on line.product_id = price.product_id and line.supplier_id is distinct from price.supplier_id
        left join marts.dim_supplier as supplier on price.supplier_id = supplier.supplier_id
        left join marts.dim_product as product on line.product_id = product.product_id
        cross join (select max(as_of_on) as as_of_on from marts.mart_milestone_outlook) as today
        where milestone.project_id = ? and not line.is_cancelled and line.quantity_open > 0
            and price.lead_time_days is not null and price.min_quantity <= line.quantity_open
            and coalesce(supplier.is_active, true) and coalesce(price.valid_from_on <= today.as_of_on, true)
            and coalesce(price.valid_to_on >= today.as_of_on, true)
        qualify row_number() over (
            partition by line.purchase_line_id, price.supplier_id
            order by price.valid_from_on desc, price.min_quantity desc
        ) = 1
        order by line.milestone_id, price.lead_time_days, price.supplier_id, line.purchase_line_id
        """,
        project_id,
    )


def crews(reader: Reader) -> pl.DataFrame:
    """The crews in use, by trade and region."""
    return reader.rows(
        """
        select crew_id, coalesce(name, crew_id) as name, trade_code, region_code, head_count,
            hourly_cost_amount, currency_code
        from marts.dim_crew
        where coalesce(is_active, true)
        order by trade_code nulls last, region_code nulls last, crew_id
        """
    )
