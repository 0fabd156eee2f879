"""Queries about projects: the list of them, and all that is known of one."""

import polars as pl

from cockpit.repositories.published import Reader

PHOTOS_SHOWN = 6


def projects(reader: Reader) -> pl.DataFrame:
    """One row a project, open ones first and the weakest on top: health, index in time, money, dates."""
    return reader.rows(
        """
        select
            project.project_id, coalesce(project.name, project.project_id) as project_name,
            project.customer_id, health.customer_name, project.region_code, project.type_code, project.city,
            project.manager_id, project.stage_code, project.status_code, project.is_open,
            project.contract_reporting_amount as contract_amount, health.currency_code,
            health.health_score, health.health_code, health.overdue_count, health.worst_days_late,
            value.schedule_time_index, value.cost_performance_index, value.earned_share,
            project.planned_finish_on, health.finish_p80_on, project.finished_on
        from marts.dim_project as project
        left join marts.mart_project_health as health using (project_id)
        left join marts.mart_project_earned_value as value using (project_id)
        order by project.is_open desc nulls last, health.health_score nulls last, project.project_id
        """
    )


def project(reader: Reader, project_id: str) -> pl.DataFrame:
    """One row, or none: the project with its health, its earned value and its cycle."""
    return reader.rows(
        """
        select
            project.project_id, coalesce(project.name, project.project_id) as project_name,
            project.customer_id, project.type_code, project.region_code, project.city, project.site_id,
            project.manager_id, project.stage_code, project.status_code, project.is_open,
            project.finished_on,
            project.contract_reporting_amount as contract_amount,
            coalesce(value.planned_finish_on, health.planned_finish_on, project.planned_finish_on)
                as planned_finish_on,
            health.* exclude (
                project_id, project_name, customer_id, type_code, region_code, manager_id, stage_code,
                status_code, contract_amount, planned_finish_on, cost_performance_index, is_estimate_unstable
            ),
            value.* exclude (
                project_id, customer_id, type_code, region_code, manager_id, as_of_on, currency_code,
                planned_finish_on
            ),
            cycle.accepted_on, cycle.cycle_days, cycle.planned_days, cycle.compression_share
        from marts.dim_project as project
        left join marts.mart_project_health as health using (project_id)
        left join (
            select * exclude (is_open, project_name, milestone_count, finished_on),
                baseline_finish_on as planned_finish_on
            from marts.mart_project_earned_value
        ) as value using (project_id)
        left join marts.mart_project_cycle as cycle using (project_id)
        where project.project_id = ?
        """,
        project_id,
    )


def stages(reader: Reader, project_id: str) -> pl.DataFrame:
    """The seven stages of a project in order; none without stage events."""
    return reader.rows(
        "select * from marts.mart_project_lifecycle where project_id = ? order by stage_no", project_id
    )


def stage_events(reader: Reader, project_id: str) -> pl.DataFrame:
    """The events behind the stages, in order: who, when, from which source row, and how long it waited."""
    return reader.rows(
        """
        select event_no, event_id, stage_code, entered_at, actor_id, team_code, handed_over_at,
            round(wait_seconds / 3600, 1) as wait_hours, source_row, note, is_out_of_order
        from marts.fct_stage_event
        where project_id = ?
        order by event_no
        """,
        project_id,
    )


def months(reader: Reader, project_id: str) -> pl.DataFrame:
    """Planned, earned and actual by month, oldest first."""
    return reader.rows(
        "select * from marts.mart_project_month where project_id = ? order by month_on", project_id
    )


def network(reader: Reader, project_id: str) -> pl.DataFrame:
    """The milestones of a project with their place in the network, in the order of the plan."""
    return reader.rows(
        """
        select *
        from marts.mart_milestone_network
        where project_id = ?
        order by sequence_no nulls last, planned_start_on nulls last, milestone_id
        """,
        project_id,
    )


def links(reader: Reader, project_id: str) -> pl.DataFrame:
    """Which milestone of a project waits for which."""
    return reader.rows(
        """
        select predecessor_id, successor_id, type_code, lag_days
        from marts.fct_milestone_link
        where project_id = ?
        order by predecessor_id, successor_id
        """,
        project_id,
    )


def open_links(reader: Reader) -> pl.DataFrame:
    """Which milestone of an open project waits for which."""
    return reader.rows(
        """
        select link.predecessor_id, link.successor_id
        from marts.fct_milestone_link as link
        join marts.mart_milestone_network as node on node.milestone_id = link.successor_id
        where node.is_project_open
        order by link.predecessor_id, link.successor_id
        """
    )


def cash(reader: Reader, project_id: str) -> pl.DataFrame:
    """One row, or none: the way of a project's money from budget to cash."""
    return reader.rows("select * from marts.mart_project_cash where project_id = ?", project_id)


def cost_by_work_order(reader: Reader, project_id: str) -> pl.DataFrame:
    """Expenses of a project by work order, the dearest first; those without a work order in one row."""
    return reader.rows(
        """
        select
            work_order_id, any_value(work_order_kind_code) as work_order_kind_code,
            any_value(milestone_id) as milestone_id, count(*) as expense_count,
            min(spent_on) as first_spent_on, max(spent_on) as last_spent_on,
            sum(expense_reporting_amount) filter (is_booked and is_traced) as cost_amount,
            sum(expense_reporting_amount) filter (is_claimed) as claimed_amount,
            sum(expense_reporting_amount) filter (is_booked and not is_traced) as untraced_amount
        from marts.fct_expense
        where project_id = ?
        group by work_order_id
        order by cost_amount desc nulls last, work_order_id
        """,
        project_id,
    )


def expenses(reader: Reader, project_id: str, work_order_id: str | None) -> pl.DataFrame:
    """The expenses of one work order of a project, newest first; without one, those that have none."""
    return reader.rows(
        """
        select expense_id, spent_on, booked_on, cost_code, status_code, trace_code,
            expense_reporting_amount, claimed_by, approved_by, description
        from marts.fct_expense
        where project_id = ? and work_order_id is not distinct from ?
        order by spent_on desc, expense_id
        """,
        project_id,
        work_order_id,
    )


def site_days(reader: Reader, project_id: str) -> pl.DataFrame:
    """The days of a project's site, oldest first."""
    return reader.rows(
        """
        select day.*
        from marts.mart_site_day as day
        join marts.dim_project as project on project.site_id = day.site_id
        where project.project_id = ?
        order by day.day_on
        """,
        project_id,
    )


def site_conditions(reader: Reader, project_id: str) -> pl.DataFrame:
    """What the site's devices measured in the last 24 hours, by metric."""
    return reader.rows(
        """
        select condition.*
        from marts.mart_site_condition as condition
        join marts.dim_project as project on project.site_id = condition.site_id
        where project.project_id = ?
        order by condition.metric_code
        """,
        project_id,
    )


def material_use(reader: Reader, project_id: str) -> pl.DataFrame:
    """Material used against plan by product, the largest excess first."""
    return reader.rows(
        """
        select product_id, any_value(product_name) as product_name, any_value(unit_code) as unit_code,
            sum(quantity_used) as quantity_used,
            sum(quantity_planned) as quantity_planned,
            sum(quantity_wasted) as quantity_wasted,
            sum(quantity_used) filter (is_planned) / nullif(sum(quantity_planned) filter (is_planned), 0)
                as material_use_share
        from marts.mart_material_use
        where project_id = ?
        group by product_id
        order by material_use_share desc nulls last, product_id
        """,
        project_id,
    )


def devices(reader: Reader, project_id: str) -> pl.DataFrame:
    """The bill of devices of a project: state, dates, order, delivery and work orders."""
    return reader.rows(
        """
        select project_device_id, serial_number, name, kind_code, unit_count, state_code, delivered_on,
            installed_on, commissioned_on, order_line_id, purchase_line_id, production_order_id, shipment_id,
            installation_work_order_id, device_work_order_count
        from marts.mart_project_device
        where project_id = ?
        order by state_code, project_device_id
        """,
        project_id,
    )


def schedule_checks(reader: Reader, project_id: str) -> pl.DataFrame:
    """The fourteen checks of a project's schedule, in order."""
    return reader.rows(
        "select * from marts.mart_project_schedule_quality where project_id = ? order by check_no", project_id
    )


def promise_moves(reader: Reader, project_id: str) -> pl.DataFrame:
    """Each move of a promised date of a project, newest first, with the milestone's name."""
    return reader.rows(
        """
        select move.*, milestone.name as milestone_name, line.supplier_id
        from marts.mart_promise_move as move
        left join marts.mart_milestone_network as milestone on milestone.milestone_id = move.subject_id
        left join marts.fct_purchase_line as line on line.purchase_line_id = move.subject_id
        where move.project_id = ?
        order by move.moved_on desc nulls last, move.promise_id, move.move_no desc
        """,
        project_id,
    )
