"""The same figures by region, city, project and milestone: every level adds up to the one above."""

import datetime as dt

import polars as pl

from cockpit.repositories.published import Reader

#: Levels from the whole to the row, with the column of `placed` that names their members.
LEVELS = ("region", "city", "project", "milestone")


def members(
    reader: Reader, level: str, since_on: dt.date, region: str | None, city: str | None, project: str | None
) -> pl.DataFrame:
    """One row a member of `level` within what is chosen above it, the most overdue first.

    Counts: projects, open ones, milestones due since `since_on`, those on time, those overdue now; the
    contract amount of open projects in reporting currency, NULL when one is not known. Raises ValueError for
    a level that does not exist.
    """
    return reader.rows(statement(level), since_on, reader.publication.as_of_on, region, city, project)


def statement(level: str) -> str:
    """The query of `members`; its parameters are since, as of, region, city and project."""
    if level not in LEVELS:
        raise ValueError(f"level {level!r} is none of {', '.join(LEVELS)}")
    return f"""
        with placed as (
            select
                coalesce(nullif(project.region_code, ''), '-') as region,
                coalesce(nullif(project.city, ''), '-') as city,
                project.project_id as project,
                coalesce(project.name, project.project_id) as project_name,
                project.is_open,
                project.contract_reporting_amount
            from marts.dim_project as project
        ),
        counted as (
            select
                milestone.project_id as project,
                milestone.milestone_id as milestone,
                coalesce(milestone.name, milestone.milestone_id) as milestone_name,
                milestone.planned_finish_on >= $1
                and milestone.planned_finish_on < $2
                and (milestone.finished_on is not null or not milestone.is_finished) as is_due,
                coalesce(milestone.finished_on <= milestone.planned_finish_on, false) as is_on_time,
                coalesce(milestone.planned_finish_on < $2, false)
                and milestone.finished_on is null and not milestone.is_finished as is_overdue
            from marts.fct_milestone as milestone
            where milestone.state_code <> 'cancelled'
        ),
        chosen as (
            select * from placed
            where
                ($3 is null or region = $3)
                and ($4 is null or city = $4)
                and ($5 is null or project = $5)
        ),
        by_project as (
            select
                project,
                count(*) filter (is_due) as due_count,
                count(*) filter (is_due and is_on_time) as on_time_count,
                count(*) filter (is_overdue) as overdue_count
            from counted
            group by project
        ),
        {_MEMBERS[level]}
        order by overdue_count desc, due_count desc, member
        """


def _grouped(column: str, name: str) -> str:
    return f"""
        grouped as (
            select
                chosen.{column} as member,
                any_value({name}) as member_name,
                count(*) as project_count,
                count(*) filter (is_open) as open_count,
                case
                    when count(*) filter (is_open and contract_reporting_amount is null) = 0
                        then sum(contract_reporting_amount) filter (is_open)
                end as contract_amount,
                coalesce(sum(due_count), 0)::bigint as due_count,
                coalesce(sum(on_time_count), 0)::bigint as on_time_count,
                coalesce(sum(overdue_count), 0)::bigint as overdue_count
            from chosen
            left join by_project on chosen.project = by_project.project
            group by chosen.{column}
        )
        select * from grouped
    """


_MEMBERS = {
    "region": _grouped("region", "chosen.region"),
    "city": _grouped("city", "chosen.city"),
    "project": _grouped("project", "chosen.project_name"),
    "milestone": """
        rows_of as (
            select
                counted.milestone as member,
                counted.milestone_name as member_name,
                1 as project_count,
                chosen.is_open::bigint as open_count,
                null::double as contract_amount,
                counted.is_due::bigint as due_count,
                (counted.is_due and counted.is_on_time)::bigint as on_time_count,
                counted.is_overdue::bigint as overdue_count
            from counted
            inner join chosen on counted.project = chosen.project
        )
        select * from rows_of
    """,
}
