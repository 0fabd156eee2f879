"""Queries about milestones: what is open, what was finished, where the days were lost."""

import datetime as dt

import polars as pl

from cockpit.repositories.published import Reader

_OPEN = """
select
    outlook.milestone_id, outlook.project_id, outlook.project_name, outlook.name, outlook.phase_code,
    outlook.sequence_no, outlook.owner_id, outlook.region_code, outlook.type_code, outlook.customer_name,
    outlook.planned_start_on, outlook.planned_finish_on, outlook.started_on, outlook.forecast_finish_on,
    outlook.forecast_changed_by, outlook.forecast_changed_at, outlook.forecast_reason,
    outlook.forecast_origin_code, outlook.progress_pct, outlook.threshold_days, outlook.state_code,
    outlook.days_late, outlook.is_overdue, outlook.is_over_threshold, outlook.has_forecast,
    outlook.method_code, outlook.reference_class, outlook.reference_count, outlook.delay_p50_days,
    outlook.delay_p80_days, outlook.finish_p10_on, outlook.finish_p50_on, outlook.finish_p80_on,
    outlook.finish_p90_on, outlook.outlook_code, network.is_critical, network.total_float_days
from marts.mart_milestone_outlook as outlook
left join marts.mart_milestone_network as network on network.milestone_id = outlook.milestone_id
"""


def open_milestones(reader: Reader) -> pl.DataFrame:
    """Open milestones with a planned finish, the latest first."""
    return reader.rows(
        f"{_OPEN} order by outlook.is_overdue desc, outlook.days_late desc nulls last,"
        " outlook.delay_p80_days desc nulls last, outlook.milestone_id"
    )


def finished_milestones(reader: Reader) -> pl.DataFrame:
    """Milestones that were finished, the newest first, in the shape of the open ones as far as it goes."""
    return reader.rows(
        """
        select
            milestone.milestone_id, milestone.project_id, health.project_name, milestone.name,
            milestone.phase_code, milestone.sequence_no, milestone.owner_id, milestone.region_code,
            milestone.type_code, milestone.planned_start_on, milestone.planned_finish_on,
            milestone.started_on, milestone.finished_on, milestone.days_late, milestone.state_code,
            milestone.threshold_days, network.is_critical, network.total_float_days
        from marts.fct_milestone as milestone
        left join marts.mart_project_health as health using (project_id)
        left join marts.mart_milestone_network as network using (milestone_id)
        where milestone.is_finished
        order by milestone.finished_on desc, milestone.milestone_id
        """
    )


def counts(reader: Reader) -> pl.DataFrame:
    """One row: milestones in all, started, finished, open past their plan, over their threshold."""
    return reader.rows(
        """
        select
            count(*) as milestone_count,
            count(*) filter (started_on is not null) as started_count,
            count(*) filter (is_finished) as finished_count,
            count(*) filter (is_overdue) as overdue_count,
            count(*) filter (is_overdue and started_on is not null) as overdue_started_count,
            count(*) filter (is_over_threshold) as over_threshold_count,
            count(*) filter (not is_finished and planned_finish_on is not null and state_code != 'cancelled')
                as open_count
        from marts.fct_milestone
        """
    )


def finished_between(reader: Reader, after_on: dt.date, until_on: dt.date) -> pl.DataFrame:
    """One row: how the milestones finished in (after_on, until_on] stood against their plan, in days."""
    return reader.rows(
        """
        select
            count(days_late) as milestone_count,
            median(days_late) as median_days,
            round(avg(days_late), 1) as mean_days,
            count(*) filter (days_late > 0) as late_count
        from marts.fct_milestone
        where is_finished and finished_on > ? and finished_on <= ?
        """,
        after_on,
        until_on,
    )


def days_lost_by_phase(reader: Reader, after_on: dt.date, until_on: dt.date) -> pl.DataFrame:
    """Days late by phase of what was finished late in the window or is open past its plan, most first."""
    return reader.rows(
        """
        select
            coalesce(phase_code, '') as phase_code,
            sum(days_late)::bigint as days,
            count(*) as milestone_count
        from marts.fct_milestone
        where days_late > 0 and (is_overdue or (is_finished and finished_on > ? and finished_on <= ?))
        group by all
        order by days desc, phase_code
        """,
        after_on,
        until_on,
    )


def deviations(reader: Reader, limit: int) -> pl.DataFrame:
    """The open nodes furthest behind: P50 finish against baseline finish in days, and what hangs on them."""
    return reader.rows(
        """
        select outlook.milestone_id, outlook.project_id, outlook.project_name, outlook.customer_id,
            outlook.customer_name, outlook.name, outlook.phase_code, outlook.owner_id, outlook.region_code,
            outlook.planned_start_on, outlook.planned_finish_on, outlook.started_on,
            outlook.forecast_finish_on, outlook.progress_pct, outlook.threshold_days, outlook.days_late,
            outlook.delay_p50_days, outlook.finish_p10_on, outlook.finish_p50_on, outlook.finish_p90_on,
            milestone.frozen_reporting_amount as value_amount
        from marts.mart_milestone_outlook as outlook
        left join marts.fct_milestone as milestone using (milestone_id)
        where outlook.delay_p50_days is not null
        order by outlook.delay_p50_days desc, outlook.milestone_id
        limit ?
        """,
        limit,
    )
