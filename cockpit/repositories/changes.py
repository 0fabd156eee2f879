"""What two publications are compared by: one query a kind of thing, each asked of both."""

import polars as pl

from cockpit.repositories.published import Reader


def publications(reader: Reader) -> pl.DataFrame:
    """All published states with the names of their files, newest first."""
    return reader.rows(
        """
        select name, snapshot_id, as_of_on, kind_code, status_code, published_at, run_id, file_name
        from ops.publication
        order by published_at desc, name desc
        """
    )


def milestones(reader: Reader) -> pl.DataFrame:
    """One row a milestone that is not cancelled: whether finished or overdue, its P50 finish, its value."""
    return reader.rows(
        """
        select milestone.milestone_id, milestone.project_id,
            coalesce(project.name, milestone.project_id) as project_name,
            coalesce(milestone.name, milestone.milestone_id) as name,
            milestone.is_finished, milestone.is_overdue, milestone.days_late, milestone.finished_on,
            outlook.finish_p50_on, milestone.frozen_reporting_amount as value_amount
        from marts.fct_milestone as milestone
        left join marts.dim_project as project using (project_id)
        left join marts.mart_milestone_outlook as outlook using (milestone_id)
        where milestone.state_code <> 'cancelled'
        order by milestone.milestone_id
        """
    )


def items(reader: Reader) -> pl.DataFrame:
    """One row an alert item: whether it is open, what it is about, what is at risk."""
    return reader.rows(
        """
        select item_id, rule_id, about_type_code, about_id, told_zh, told_en, is_open, state_code,
            closed_by, value_at_risk_amount as value_amount
        from marts.mart_action_item
        order by item_id
        """
    )


def suppliers(reader: Reader) -> pl.DataFrame:
    """One row a supplier: its score, and what is bought there."""
    return reader.rows(
        """
        select supplier_id, coalesce(supplier_name, supplier_id) as name, score,
            purchase_amount as value_amount
        from marts.mart_supplier_scorecard
        order by supplier_id
        """
    )


def supplier_target(reader: Reader) -> float | None:
    """What the score of a supplier shall reach, by the registered figure; None without a target."""
    found = reader.rows("select target_value from ops.figure where figure_id = 'supplier_score'")
    return found["target_value"][0] if found.height else None


def customers(reader: Reader) -> pl.DataFrame:
    """One row a customer: tier, whether silent, and the orders of a year."""
    return reader.rows(
        """
        select customer_id, coalesce(customer_name, customer_id) as name, tier_code, is_silent,
            coalesce(order_12m_amount, order_amount) as value_amount
        from marts.mart_customer_portrait
        order by customer_id
        """
    )
