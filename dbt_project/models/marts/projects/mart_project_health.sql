with

projects as (

    select * from {{ ref('dim_project') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

milestones as (

    select * from {{ ref('fct_milestone') }}

),

forecasts as (

    select * from {{ source('ml', 'ml_delay_forecast') }}

),

parts as (

    select * from {{ ref('int_project_part') }}

),

weights as (

    select
        max(weight) filter (part = 'schedule') as schedule_weight,
        max(weight) filter (part = 'cost') as cost_weight,
        max(weight) filter (part = 'quality') as quality_weight,
        max(weight) filter (part = 'supply') as supply_weight,
        max(weight) filter (part = 'customer') as customer_weight,
        max(critical_score) filter (part = 'schedule') as schedule_critical,
        max(critical_score) filter (part = 'cost') as cost_critical,
        max(critical_score) filter (part = 'quality') as quality_critical,
        max(critical_score) filter (part = 'supply') as supply_critical,
        max(critical_score) filter (part = 'customer') as customer_critical,
        max(version) as weights_version
    from {{ ref('health_weight') }}

),

expected as (

    -- Finished ones by what happened, open ones by the worse of the delay so far and the P80 of the model.
    select
        milestones.project_id,
        milestones.state_code,
        milestones.planned_finish_on,
        milestones.days_late,
        milestones.is_finished,
        milestones.is_overdue,
        milestones.is_over_threshold,
        milestones.threshold_days,
        milestones.threshold_days + {{ figure_default('schedule_zero_days') }} as zero_days,
        coalesce(milestones.weight, 1) as weight,
        forecasts.finish_p80_on,
        case
            when milestones.is_finished then milestones.days_late
            else greatest(milestones.days_late, forecasts.delay_p80_days)
        end as expected_days
    from milestones
    left join forecasts
        on milestones.milestone_id = forecasts.milestone_id and forecasts.as_of_on = {{ as_of_on() }}
    where milestones.state_code <> 'cancelled'

),

pointed as (

    select
        expected.*,
        {{ points('expected.expected_days', 'expected.zero_days', 'expected.threshold_days') }} as milestone_points
    from expected

),

schedule as (

    select
        project_id,
        max(planned_finish_on) as planned_finish_on,
        max(finish_p80_on) as finish_p80_on,
        count(*) as milestone_count,
        count(*) filter (is_finished) as finished_count,
        count(*) filter (is_overdue) as overdue_count,
        count(*) filter (is_over_threshold) as over_threshold_count,
        cast(max(days_late) as bigint) as worst_days_late,
        count(milestone_points) as schedule_count,
        sum(milestone_points * weight) filter (milestone_points is not null) as points_sum,
        sum(weight) filter (milestone_points is not null) as weight_sum
    from pointed
    group by project_id

),

scored as (

    select
        projects.project_id,
        projects.name as project_name,
        projects.customer_id,
        customers.name as customer_name,
        projects.type_code,
        projects.region_code,
        projects.manager_id,
        projects.stage_code,
        projects.status_code,
        projects.contract_reporting_amount as contract_amount,
        schedule.planned_finish_on,
        schedule.finish_p80_on,
        coalesce(schedule.milestone_count, 0) as milestone_count,
        coalesce(schedule.finished_count, 0) as finished_count,
        coalesce(schedule.overdue_count, 0) as overdue_count,
        coalesce(schedule.over_threshold_count, 0) as over_threshold_count,
        schedule.worst_days_late,
        coalesce(schedule.schedule_count, 0) as schedule_count,
        cast(round(schedule.points_sum / nullif(cast(schedule.weight_sum as double), 0), 2) as decimal(5, 2))
            as schedule_score,
        parts.cost_count,
        parts.cost_performance_index,
        {{ points('parts.cost_performance_index', figure_default('cost_zero_index'), '1') }} as cost_score,
        parts.quality_count,
        cast(round(100 * parts.quality_passed_count / nullif(cast(parts.quality_count as double), 0), 2) as decimal(5, 2))
            as quality_score,
        parts.supply_count,
        cast(round(100 * parts.supply_otif_count / nullif(cast(parts.supply_count as double), 0), 2) as decimal(5, 2))
            as supply_score,
        parts.customer_count,
        {{ points('parts.star_count / nullif(cast(parts.customer_count as double), 0)', '1', '5') }} as customer_score
    from projects
    inner join parts on projects.project_id = parts.project_id
    left join customers on projects.customer_id = customers.customer_id
    left join schedule on projects.project_id = schedule.project_id

),

weighed as (

    select
        scored.*,
        weights.*,
        case when scored.schedule_score is null then 0 else weights.schedule_weight end as schedule_used,
        case when scored.cost_score is null then 0 else weights.cost_weight end as cost_used,
        case when scored.quality_score is null then 0 else weights.quality_weight end as quality_used,
        case when scored.supply_score is null then 0 else weights.supply_weight end as supply_used,
        case when scored.customer_score is null then 0 else weights.customer_weight end as customer_used,
        schedule_used + cost_used + quality_used + supply_used + customer_used as used,
        concat_ws(
            ',',
            case when scored.schedule_score is null then 'schedule' end,
            case when scored.cost_score is null then 'cost' end,
            case when scored.quality_score is null then 'quality' end,
            case when scored.supply_score is null then 'supply' end,
            case when scored.customer_score is null then 'customer' end
        ) as missing_parts,
        concat_ws(
            ',',
            case when scored.schedule_score <= weights.schedule_critical then 'schedule' end,
            case when scored.cost_score <= weights.cost_critical then 'cost' end,
            case when scored.quality_score <= weights.quality_critical then 'quality' end,
            case when scored.supply_score <= weights.supply_critical then 'supply' end,
            case when scored.customer_score <= weights.customer_critical then 'customer' end
        ) as critical_parts
    from scored
    cross join weights

),

summed as (

    select
        weighed.*,
        cast(
            round(
                (
                    coalesce(weighed.schedule_score, 0) * weighed.schedule_used
                    + coalesce(weighed.cost_score, 0) * weighed.cost_used
                    + coalesce(weighed.quality_score, 0) * weighed.quality_used
                    + coalesce(weighed.supply_score, 0) * weighed.supply_used
                    + coalesce(weighed.customer_score, 0) * weighed.customer_used
                ) / nullif(cast(weighed.used as double), 0), 2
            ) as decimal(5, 2)
        ) as health_score,
        cast(
            (weighed.schedule_score is not null)::integer
            + (weighed.cost_score is not null)::integer
            + (weighed.quality_score is not null)::integer
            + (weighed.supply_score is not null)::integer
            + (weighed.customer_score is not null)::integer as bigint
        ) as part_count
    from weighed

)

select
    summed.project_id,
    summed.project_name,
    summed.customer_id,
    summed.customer_name,
    summed.type_code,
    summed.region_code,
    summed.manager_id,
    summed.stage_code,
    summed.status_code,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    summed.contract_amount,
    summed.planned_finish_on,
    summed.finish_p80_on,
    summed.milestone_count,
    summed.finished_count,
    summed.overdue_count,
    summed.over_threshold_count,
    summed.worst_days_late,
    summed.schedule_count,
    summed.schedule_score,
    summed.cost_count,
    summed.cost_performance_index,
    summed.cost_score,
    summed.quality_count,
    summed.quality_score,
    summed.supply_count,
    summed.supply_score,
    summed.customer_count,
    summed.customer_score,
    coalesce({{ share('summed.schedule_used', 'summed.used') }}, cast(0 as decimal(9, 6))) as schedule_weight_share,
    coalesce({{ share('summed.cost_used', 'summed.used') }}, cast(0 as decimal(9, 6))) as cost_weight_share,
    coalesce({{ share('summed.quality_used', 'summed.used') }}, cast(0 as decimal(9, 6))) as quality_weight_share,
    coalesce({{ share('summed.supply_used', 'summed.used') }}, cast(0 as decimal(9, 6))) as supply_weight_share,
    coalesce({{ share('summed.customer_used', 'summed.used') }}, cast(0 as decimal(9, 6))) as customer_weight_share,
    summed.part_count,
    summed.missing_parts,
    summed.part_count between 1 and 4 as is_partial,
    summed.critical_parts <> '' as is_red_override,
    summed.critical_parts,
    summed.health_score,
    case
        when summed.part_count = 0 then 'no_data'
        when summed.critical_parts <> '' then 'bad'
        when summed.health_score >= {{ figure_default('health_good_score') }} then 'good'
        when summed.health_score >= {{ figure_default('health_watch_score') }} then 'watch'
        else 'bad'
    end as health_code,
    summed.weights_version
from summed
