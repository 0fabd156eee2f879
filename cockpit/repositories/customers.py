"""Queries about customers: the portrait."""

import polars as pl

from cockpit.repositories.published import Reader


def portraits(reader: Reader) -> pl.DataFrame:
    """One row a customer, the largest order amount first."""
    return reader.rows(
        "select * from marts.mart_customer_portrait order by order_amount desc nulls last, customer_id"
    )


def orders_by_month(reader: Reader) -> pl.DataFrame:
    """Orders, their amount and active customers by month, oldest first."""
    return reader.rows(
        "select period_on, is_whole_month, order_count, active_customer_count, order_amount, currency_code"
        " from marts.mart_overview_month order by period_on"
    )


def orders_of_segment(reader: Reader, segment_code: str) -> pl.DataFrame:
    """Orders of one segment by month, oldest first, over the months of the overview."""
    return reader.rows(
        """
        select month.period_on, month.is_whole_month, month.currency_code,
            count(distinct line.order_id) as order_count,
            count(distinct line.customer_id) as active_customer_count,
            coalesce(sum(line.line_reporting_amount), 0) as order_amount
        from marts.mart_overview_month as month
        left join (
            select line.*
            from marts.fct_order_line as line
            join marts.mart_customer_portrait as customer using (customer_id)
            where customer.segment_code = ? and not line.is_cancelled
        ) as line on line.ordered_month_on = month.period_on
        group by all
        order by month.period_on
        """,
        segment_code,
    )


def dimensions(reader: Reader, customer_id: str) -> pl.DataFrame:
    """The five dimensions of one customer in order: value, trend, place among the segment, rows behind it."""
    return reader.rows(
        "select * from marts.mart_customer_dimension where customer_id = ? order by dimension_no", customer_id
    )


def tier(reader: Reader, customer_id: str) -> pl.DataFrame:
    """One row, or none: the tier in both vocabularies, its entitlements, and its reasons in words."""
    return reader.rows(
        """
        select portrait.tier_code, portrait.tier_score, portrait.is_growing,
            words.name_zh, words.name_en, words.alias_zh, words.alias_en, words.policy_zh, words.policy_en,
            portrait.touch_count, portrait.touch_limit, portrait.is_over_touch_limit,
            first.name_zh as reason_1_zh, first.name_en as reason_1_en,
            second.name_zh as reason_2_zh, second.name_en as reason_2_en,
            third.name_zh as reason_3_zh, third.name_en as reason_3_en
        from marts.mart_customer_portrait as portrait
        left join marts.customer_tier as words on words.alias_code = portrait.tier_alias_code
        left join marts.tier_reason as first on first.reason_code = portrait.tier_reason_1_code
        left join marts.tier_reason as second on second.reason_code = portrait.tier_reason_2_code
        left join marts.tier_reason as third on third.reason_code = portrait.tier_reason_3_code
        where portrait.customer_id = ?
        """,
        customer_id,
    )


def tier_history(reader: Reader, customer_id: str) -> pl.DataFrame:
    """The tiers a customer had, the current one first."""
    return reader.rows(
        """
        select tier_code, previous_tier_code, tier_score, valid_from_on, valid_to_on
        from marts.dim_customer_tier
        where customer_id = ?
        order by valid_from_on desc
        """,
        customer_id,
    )


def health(reader: Reader, customer_id: str) -> pl.DataFrame:
    """One row, or none: the health of one customer with its parts."""
    return reader.rows("select * from marts.mart_customer_health where customer_id = ?", customer_id)


def rating_sequences(reader: Reader, customer_id: str) -> pl.DataFrame:
    """Runs of low ratings of one customer, newest first."""
    return reader.rows(
        """
        select found_on, low_rating_count, first_stars, second_stars, first_work_order_id,
            second_work_order_id, manager_id, is_recent
        from marts.mart_rating_sequence
        where customer_id = ?
        order by found_on desc
        """,
        customer_id,
    )


def ratings(reader: Reader, customer_id: str) -> pl.DataFrame:
    """Ratings by month of one customer, oldest first: how many, their mean, how many were satisfied."""
    return reader.rows(
        """
        select rated_month_on as period_on, count(*) as rating_count, avg(stars) as mean_stars,
            count(*) filter (is_satisfied) as satisfied_count
        from marts.fct_rating
        where customer_id = ? and is_current
        group by rated_month_on
        order by rated_month_on
        """,
        customer_id,
    )


def reminders(reader: Reader, customer_id: str) -> pl.DataFrame:
    """What falls due for one customer, what lies ahead first, then the past from the newest."""
    return reader.rows(
        """
        select kind_code, subject_id, due_on, reminded_on, state_code, is_missed, has_contact
        from marts.fct_customer_reminder
        where customer_id = ?
        order by is_past, if(is_past, -epoch(due_on), epoch(due_on)), subject_id
        """,
        customer_id,
    )


def standard_flow(reader: Reader) -> pl.DataFrame:
    """The customers of tier B: what fell due in a quarter, what was missed, and touches against the cap."""
    return reader.rows(
        """
        select customer_id, customer_name, segment_code, due_count, reminded_count, missed_count,
            contact_count, open_count, next_due_on, next_kind_code, touch_count, touch_limit,
            is_over_touch_limit
        from marts.mart_standard_flow
        order by customer_id
        """
    )


def projects(reader: Reader, customer_id: str) -> pl.DataFrame:
    """The projects of one customer, open ones first."""
    return reader.rows(
        """
        select project.project_id, coalesce(project.name, project.project_id) as project_name,
            project.status_code, health.health_score, project.contract_reporting_amount as contract_amount,
            project.started_on, project.finished_on
        from marts.dim_project as project
        left join marts.mart_project_health as health using (project_id)
        where project.customer_id = ?
        order by project.is_open desc nulls last, project.started_on desc nulls last, project.project_id
        """,
        customer_id,
    )


def orders(reader: Reader, customer_id: str) -> pl.DataFrame:
    """The orders of one customer that are not cancelled, newest first, in the reporting currency."""
    return reader.rows(
        """
        select line.order_id, min(line.ordered_on) as ordered_on, count(*) as order_line_count,
            sum(line.line_reporting_amount) as amount
        from marts.fct_order_line as line
        where line.customer_id = ? and not line.is_cancelled
        group by line.order_id
        order by ordered_on desc nulls last, line.order_id
        """,
        customer_id,
    )


def customer_of_order(reader: Reader, order_id: str) -> str:
    """Whose order it is; empty when the publication has no such order."""
    found = reader.rows("select customer_id from marts.fct_order where order_id = ?", order_id)
    return found["customer_id"][0] or "" if found.height else ""
