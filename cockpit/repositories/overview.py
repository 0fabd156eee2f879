"""Queries of the overview: the company's months, its projects and its figures."""

import polars as pl

from cockpit.repositories.published import Reader


def months(reader: Reader) -> pl.DataFrame:
    """One row a month, oldest first."""
    return reader.rows("select * from marts.mart_overview_month order by period_on")


def figures(reader: Reader) -> pl.DataFrame:
    """One row a registered figure: names, formula, direction, target, and how the night found it."""
    return reader.rows(
        """
        select f.figure_id, f.name_zh, f.name_en, f.formula_zh, f.formula_en, f.unit, f.grain, f.owner,
            f.direction_code, f.target_value, f.version, f.since_on, f.model_name, f.column_name,
            r.status_code, r.bound_code, r.bound_low, r.bound_high
        from ops.figure as f
        left join ops.figure_run as r on f.figure_id = r.figure_id
        order by f.figure_id
        """
    )


def projects_ahead(reader: Reader, limit: int) -> pl.DataFrame:
    """The open projects forecast the latest: plan, start and band of the whole, else of milestones."""
    return reader.rows(
        """
        with bars as (
            select
                project_id,
                coalesce(any_value(project_name), project_id) as name,
                any_value(customer_name) as customer_name,
                min(planned_start_on) as planned_start_on,
                max(planned_finish_on) as planned_finish_on,
                min(started_on) as started_on,
                max(finish_p10_on) as finish_p10_on,
                max(finish_p50_on) as finish_p50_on,
                max(finish_p80_on) as finish_p80_on,
                max(finish_p90_on) as finish_p90_on,
                max(forecast_finish_on) as forecast_finish_on,
                max(delay_p50_days) as worst_delay_days,
                count(*) as milestone_count
            from marts.mart_milestone_outlook
            where has_forecast
            group by project_id
        )
        select bars.* replace (
            coalesce(health.finish_p10_on, bars.finish_p10_on) as finish_p10_on,
            coalesce(health.finish_p50_on, bars.finish_p50_on) as finish_p50_on,
            coalesce(health.finish_p80_on, bars.finish_p80_on) as finish_p80_on,
            coalesce(health.finish_p90_on, bars.finish_p90_on) as finish_p90_on
        )
        from bars
        left join marts.mart_project_health as health using (project_id)
        order by
            date_diff('day', bars.planned_finish_on, coalesce(health.finish_p50_on, bars.finish_p50_on)) desc,
            bars.project_id
        limit ?
        """,
        limit,
    )


def project_totals(reader: Reader) -> pl.DataFrame:
    """One row: open projects, their contract amount and how their health stands."""
    return reader.rows(
        """
        with projects as (
            select *, coalesce(status_code not in ('completed', 'cancelled'), true) as is_open
            from marts.mart_project_health
        )
        select
            count(*) as project_count,
            count(*) filter (is_open) as open_count,
            sum(contract_amount) filter (is_open) as contract_amount,
            any_value(currency_code) as currency_code,
            count(*) filter (health_code in ('good', 'watch', 'bad')) as scored_count,
            count(*) filter (health_code = 'good') as good_count,
            count(*) filter (health_code = 'bad') as bad_count
        from projects
        """
    )
