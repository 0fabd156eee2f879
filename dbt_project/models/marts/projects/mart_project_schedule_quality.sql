{#- The network is solved a second time with so much added; see ml/schedule/config.py. -#}
{%- set test_days = 600 -%}
with

milestones as (

    select * from {{ ref('mart_milestone_network') }}

),

links as (

    select * from {{ ref('fct_milestone_link') }}

),

checks as (

    select * from {{ ref('schedule_check') }}

),

edges as (

    -- The milestone a network begins with has no predecessor and the one it ends with no successor: one each is right.
    select
        project_id,
        arg_min(milestone_id, (early_start_on, milestone_id)) as first_id,
        arg_max(milestone_id, (early_finish_on, milestone_id)) as last_id
    from milestones
    where is_computable
    group by project_id

),

nodes as (

    select
        milestones.*,
        not milestones.is_finished as is_open,
        coalesce(milestones.planned_finish_on <= milestones.as_of_on, false) as is_planned_by_now,
        (milestones.predecessor_count = 0 and milestones.milestone_id is distinct from edges.first_id)
        or (milestones.successor_count = 0 and milestones.milestone_id is distinct from edges.last_id) as lacks_logic,
        -- 44 working days, in calendar days.
        {{ figure_default('schedule_long_days') }} * 7 / {{ figure_default('working_days_a_week') }} as long_days,
        date_diff('day', milestones.planned_start_on, milestones.planned_finish_on) as planned_days
    from milestones
    left join edges on milestones.project_id = edges.project_id

),

counted as (

    select
        project_id,
        count(*) filter (is_open) as open_count,
        count(*) filter (is_open and lacks_logic) as missing_logic_count,
        count(total_float_days) filter (is_open) as float_count,
        count(*) filter (is_open and total_float_days > long_days) as high_float_count,
        count(plan_float_days) filter (is_open) as plan_float_count,
        count(*) filter (is_open and plan_float_days < 0) as negative_float_count,
        count(planned_days) filter (is_open) as duration_count,
        count(*) filter (is_open and planned_days > long_days) as long_duration_count,
        count(*) filter (
            started_on > as_of_on or finished_on > as_of_on or (is_open and forecast_finish_on < as_of_on)
        ) as invalid_date_count,
        count(*) filter (is_open and owner_id is null and crew_id is null) as missing_resource_count,
        count(*) filter (is_planned_by_now) as planned_count,
        count(*) filter (
            is_planned_by_now and (not is_finished or coalesce(finished_on > planned_finish_on, false))
        ) as missed_count,
        count(*) filter (is_finished) as finished_count,
        bool_and(is_computable) as is_computable,
        max(cycle_text) as cycle_text,
        -- A project whose path can't be found fails the test of it.
        case when open_count > 0 then coalesce(max(critical_test_days), 0) end as critical_test_days,
        case when open_count > 0 then {{ test_days }} end as critical_base_days,
        case when open_count > 0 then 1 end as has_open_count,
        null as hard_constraint_count,
        null as constraint_count,
        case when open_count > 0 then greatest(date_diff('day', max(as_of_on), max(project_finish_on)), 0) end
            as path_days,
        case when open_count > 0 then date_diff('day', max(as_of_on), max(project_planned_finish_on)) end
            as planned_path_days
    from nodes
    group by project_id

),

linked as (

    select
        nodes.project_id,
        count(*) as link_count,
        count(*) filter (links.lag_days < 0) as lead_count,
        count(*) filter (links.lag_days > 0) as lag_count,
        count(*) filter (links.type_code = 'FS') as finish_to_start_count
    from links
    inner join nodes on links.successor_id = nodes.milestone_id and nodes.is_open
    where links.is_within_project
    group by nodes.project_id

),

measures as (

    select
        counted.*,
        linked.link_count,
        linked.lead_count,
        linked.lag_count,
        linked.finish_to_start_count
    from counted
    left join linked on counted.project_id = linked.project_id

),

listed as (

    -- Base 0 is no data: hard constraints stand in no source that the contracts know.
    select
        measures.project_id,
        measures.open_count,
        measures.is_computable,
        measures.cycle_text,
        unnest([
            {%- for code, numerator, base in (
                ('missing_logic', 'missing_logic_count', 'open_count'),
                ('leads', 'lead_count', 'link_count'),
                ('lags', 'lag_count', 'link_count'),
                ('finish_to_start', 'finish_to_start_count', 'link_count'),
                ('hard_constraints', 'hard_constraint_count', 'constraint_count'),
                ('high_float', 'high_float_count', 'float_count'),
                ('negative_float', 'negative_float_count', 'plan_float_count'),
                ('long_duration', 'long_duration_count', 'duration_count'),
                ('invalid_dates', 'invalid_date_count', 'has_open_count'),
                ('missing_resources', 'missing_resource_count', 'open_count'),
                ('missed_tasks', 'missed_count', 'planned_count'),
                ('critical_path_test', 'critical_test_days', 'critical_base_days'),
                ('critical_path_length_index', 'planned_path_days', 'path_days'),
                ('baseline_execution_index', 'finished_count', 'planned_count'),
            ) %}
            {
                'check_code': '{{ code }}',
                'numerator_count': cast(measures.{{ numerator }} as bigint),
                'base_count': cast(measures.{{ base }} as bigint)
            } {{- ',' if not loop.last }}
            {%- endfor %}
        ]) as measure
    from measures

),

measured as (

    select
        project_id,
        open_count,
        is_computable,
        cycle_text,
        struct_extract(measure, 'check_code') as check_code,
        struct_extract(measure, 'numerator_count') as numerator_count,
        struct_extract(measure, 'base_count') as base_count
    from listed

),

judged as (

    select
        measured.project_id,
        measured.open_count,
        measured.is_computable,
        measured.cycle_text,
        checks.check_no,
        checks.check_code,
        checks.comparison_code,
        checks.threshold,
        checks.unit,
        checks.is_decisive,
        checks.source,
        checks.version,
        measured.numerator_count,
        measured.base_count,
        -- Compared before it is rounded.
        measured.numerator_count / nullif(measured.base_count, 0)::double as value,
        case checks.comparison_code
            when 'at_most' then value <= checks.threshold
            when 'at_least' then value >= checks.threshold
        end as is_passed
    from measured
    inner join checks on measured.check_code = checks.check_code

)

select
    project_id || '/' || check_code as project_check_id,
    project_id,
    {{ as_of_on() }} as as_of_on,
    cast(check_no as bigint) as check_no,
    check_code,
    unit,
    numerator_count,
    base_count,
    cast(round(value, 6) as decimal(18, 6)) as value,
    comparison_code,
    threshold,
    is_passed,
    is_decisive,
    source as threshold_source,
    version as threshold_version,
    open_count,
    -- Whether the plan of what is still to be done holds together; how late it is, is another question.
    case
        when open_count > 0
            then is_computable and count(*) filter (is_decisive and not is_passed) over (partition by project_id) = 0
    end as is_schedule_trusted,
    coalesce(
        string_agg(check_code, ',' order by check_no) filter (is_decisive and not is_passed) over (partition by project_id),
        ''
    ) as failed_checks,
    cycle_text
from judged
