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
    where as_of_on = {{ as_of_on() }}

),

-- When the whole is done: its milestones late together or apart as they have been, through the network.
project_forecasts as (

    select * from {{ source('ml', 'ml_project_forecast') }}
    where as_of_on = {{ as_of_on() }}

),

purchase_lines as (

    select * from {{ ref('fct_purchase_line') }}

),

networks as (

    select * from {{ ref('mart_milestone_network') }}

),

earned_values as (

    select * from {{ ref('mart_project_earned_value') }}

),

inspections as (

    select * from {{ ref('fct_inspection') }}

),

work_orders as (

    select * from {{ ref('fct_work_order') }}

),

expenses as (

    select * from {{ ref('fct_expense') }}

),

expense_months as (

    select * from {{ ref('int_project_expense_month') }}

),

ratings as (

    select * from {{ ref('fct_rating') }}

),

complaints as (

    select * from {{ ref('fct_complaint') }}

),

weights as (

    select
        *,
        list_position(['schedule', 'cost', 'quality', 'supply', 'customer'], part) as part_no
    from {{ ref('health_weight') }}

),

components as (

    select * from {{ ref('health_component') }}

),

expected as (

    -- When each milestone was done, or will be: never before the business date, by the model's P80 where there is one.
    select
        milestones.*,
        forecasts.finish_p80_on,
        case
            when milestones.is_finished then milestones.finished_on
            when milestones.planned_finish_on is not null
                then greatest(
                    milestones.planned_finish_on,
                    case when milestones.is_overdue then {{ as_of_on() }} end,
                    forecasts.finish_p80_on
                )
        end as expected_finish_on
    from milestones
    left join forecasts on milestones.milestone_id = forecasts.milestone_id
    where milestones.state_code <> 'cancelled'

),

schedules as (

    select
        project_id,
        max(planned_finish_on) as planned_finish_on,
        max(finish_p80_on) as finish_p80_on,
        count(*) as milestone_count,
        count(*) filter (is_finished) as finished_count,
        count(*) filter (is_overdue) as overdue_count,
        count(*) filter (is_over_threshold) as over_threshold_count,
        cast(max(days_late) as bigint) as worst_days_late,
        count(expected_finish_on) filter (planned_finish_on is not null) as schedule_count,
        max(expected_finish_on) filter (planned_finish_on is not null) as expected_finish_on
    from expected
    group by project_id

),

-- The latest of the milestones' own P80 is sooner than the whole is done: it stands only where nothing better is known.
finishes as (

    select
        schedules.project_id,
        coalesce(project_forecasts.finish_p80_on, schedules.finish_p80_on) as finish_p80_on,
        date_diff(
            'day',
            schedules.planned_finish_on,
            coalesce(project_forecasts.finish_p80_on, schedules.expected_finish_on)
        ) as finish_slip_days,
        project_forecasts.finish_p10_on,
        project_forecasts.finish_p50_on,
        project_forecasts.finish_p90_on,
        cast(round(project_forecasts.late_probability_share, 6) as decimal(18, 6)) as late_probability_share
    from schedules
    left join project_forecasts on schedules.project_id = project_forecasts.project_id

),

supplies as (

    -- A line whose place in the network nobody can tell counts as if it lay on the critical path.
    select
        purchase_lines.project_id,
        count(*) as supply_count,
        count(*) filter (purchase_lines.is_otif) as supply_otif_count
    from purchase_lines
    left join networks on purchase_lines.milestone_id = networks.milestone_id
    where purchase_lines.is_due and (networks.is_critical or not coalesce(networks.is_computable, false))
    group by purchase_lines.project_id

),

qualities as (

    select
        project_id,
        count(*) filter (is_first_held) as quality_count,
        count(*) filter (is_first_passed) as quality_passed_count
    from inspections
    group by project_id

),

reworks as (

    select
        expenses.project_id,
        {{ whole_sum('expenses.expense_reporting_amount', 'expenses.expense_amount') }} as rework_amount
    from expenses
    inner join work_orders on expenses.work_order_id = work_orders.work_order_id
    where expenses.is_cost and work_orders.is_rework
    group by expenses.project_id

),

costs as (

    select
        project_id,
        {{ whole_sum('actual_amount', 'period_on') }} as cost_amount
    from expense_months
    group by project_id

),

pleased as (

    select
        project_id,
        count(*) as customer_count,
        sum(stars) as star_count
    from ratings
    where is_current
    group by project_id

),

displeased as (

    select
        project_id,
        count(*) as complaint_count,
        count(*) filter (severity_code in ('major', 'critical')) as major_complaint_count
    from complaints
    where is_counted
    group by project_id

),

listened as (

    -- A company that records no complaints at all has not none: it has no data.
    select count(*) > 0 as has_complaints from complaints

),

measured as (

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
        coalesce(projects.started_on <= {{ as_of_on() }}, false) as has_begun,
        schedules.planned_finish_on,
        finishes.finish_p10_on,
        finishes.finish_p50_on,
        finishes.finish_p80_on,
        finishes.finish_p90_on,
        finishes.late_probability_share,
        coalesce(schedules.milestone_count, 0) as milestone_count,
        coalesce(schedules.finished_count, 0) as finished_count,
        coalesce(schedules.overdue_count, 0) as overdue_count,
        coalesce(schedules.over_threshold_count, 0) as over_threshold_count,
        schedules.worst_days_late,
        coalesce(schedules.schedule_count, 0) as schedule_count,
        earned_values.schedule_time_index as time_performance_index,
        finishes.finish_slip_days,
        coalesce(earned_values.budget_count, 0) as cost_count,
        earned_values.cost_performance_index,
        earned_values.is_estimate_unstable,
        cast(
            round(
                earned_values.estimate_at_completion_amount
                / nullif(cast(earned_values.budget_at_completion_amount as double), 0) - 1, 6
            ) as decimal(18, 6)
        ) as estimate_overrun_share,
        coalesce(qualities.quality_count, 0) as quality_count,
        {{ share('qualities.quality_passed_count', 'qualities.quality_count') }} as first_acceptance_share,
        cast(
            round(
                case when reworks.project_id is null then 0 else reworks.rework_amount end
                / nullif(cast(costs.cost_amount as double), 0), 6
            ) as decimal(18, 6)
        ) as rework_cost_share,
        coalesce(supplies.supply_count, 0) as supply_count,
        coalesce(supplies.supply_count - supplies.supply_otif_count, 0) as late_line_count,
        {{ share('supplies.supply_otif_count', 'supplies.supply_count') }} as supply_share,
        coalesce(pleased.customer_count, 0) as customer_count,
        cast(round(pleased.star_count / nullif(cast(pleased.customer_count as double), 0), 4) as decimal(18, 4)) as mean_stars,
        case when listened.has_complaints then coalesce(displeased.complaint_count, 0) end as complaint_count,
        case when listened.has_complaints then coalesce(displeased.major_complaint_count, 0) end as major_complaint_count
    from projects
    cross join listened
    left join customers on projects.customer_id = customers.customer_id
    left join schedules on projects.project_id = schedules.project_id
    left join finishes on projects.project_id = finishes.project_id
    left join supplies on projects.project_id = supplies.project_id
    left join earned_values on projects.project_id = earned_values.project_id
    left join qualities on projects.project_id = qualities.project_id
    left join reworks on projects.project_id = reworks.project_id
    left join costs on projects.project_id = costs.project_id
    left join pleased on projects.project_id = pleased.project_id
    left join displeased on projects.project_id = displeased.project_id

),

measures as (

    select project_id, 'time_index' as component, cast(time_performance_index as double) as value from measured
    union all
    select project_id, 'finish_slip' as component, finish_slip_days as value from measured
    union all
    -- While too little is earned both jump with every entry: shown, but not scored.
    select project_id, 'cost_index' as component, cost_performance_index as value from measured
    where not is_estimate_unstable
    union all
    select project_id, 'estimate_overrun' as component, estimate_overrun_share as value from measured
    where not is_estimate_unstable
    union all
    select project_id, 'first_acceptance' as component, first_acceptance_share as value from measured
    union all
    select project_id, 'rework_share' as component, rework_cost_share as value from measured
    union all
    select project_id, 'path_supply' as component, supply_share as value from measured
    union all
    select project_id, 'mean_stars' as component, mean_stars as value from measured
    union all
    -- Before the site is begun there is nothing to complain of, so that no complaint says nothing.
    select project_id, 'complaints' as component, complaint_count as value from measured
    where has_begun or complaint_count > 0

),

pointed as (

    select
        measures.project_id,
        measures.component,
        measures.value,
        components.part,
        components.sort_no,
        components.weight,
        components.unit,
        components.text_zh,
        components.text_en,
        {{ points('measures.value', 'components.zero_value', 'components.full_value') }} as component_points
    from measures
    inner join components on measures.component = components.component
    where measures.value is not null

),

part_scores as (

    select
        measured.project_id,
        weights.part,
        any_value(weights.part_no) as part_no,
        any_value(weights.weight) as weight,
        any_value(weights.critical_score) as critical_score,
        any_value(weights.version) as version,
        cast(
            -- By way of six digits, so that a half is a half before it is rounded.
            round(
                cast(
                    sum(pointed.component_points * pointed.weight) / nullif(cast(sum(pointed.weight) as double), 0)
                    as decimal(18, 6)
                ), 2
            ) as decimal(5, 2)
        ) as score,
        sum(pointed.weight) as component_weight
    from measured
    cross join weights
    left join pointed on measured.project_id = pointed.project_id and weights.part = pointed.part
    group by measured.project_id, weights.part

),

scores as (

    select
        project_id,
        max(score) filter (part = 'schedule') as schedule_score,
        max(score) filter (part = 'cost') as cost_score,
        max(score) filter (part = 'quality') as quality_score,
        max(score) filter (part = 'supply') as supply_score,
        max(score) filter (part = 'customer') as customer_score,
        coalesce(max(weight) filter (part = 'schedule' and score is not null), 0) as schedule_used,
        coalesce(max(weight) filter (part = 'cost' and score is not null), 0) as cost_used,
        coalesce(max(weight) filter (part = 'quality' and score is not null), 0) as quality_used,
        coalesce(max(weight) filter (part = 'supply' and score is not null), 0) as supply_used,
        coalesce(max(weight) filter (part = 'customer' and score is not null), 0) as customer_used,
        sum(weight) filter (score is not null) as used,
        count(score) as part_count,
        coalesce(string_agg(part, ',' order by part_no) filter (score is null), '') as missing_parts,
        coalesce(string_agg(part, ',' order by part_no) filter (score <= critical_score), '') as critical_parts,
        cast(
            round(
                cast(
                    sum(score * weight) / nullif(cast(sum(weight) filter (score is not null) as double), 0) as decimal(18, 6)
                ), 2
            ) as decimal(5, 2)
        ) as health_score,
        max(version) as weights_version
    from part_scores
    group by project_id

),

told as (

    -- The three components that take most from the score; where fewer do, the heaviest of the good ones follow.
    select
        pointed.project_id,
        pointed.component,
        replace(pointed.text_zh, '{value}', figures.value_text) as text_zh,
        replace(pointed.text_en, '{value}', figures.value_text) as text_en,
        row_number() over (
            partition by pointed.project_id
            order by
                part_scores.weight * pointed.weight / part_scores.component_weight
                * (100 - pointed.component_points) desc,
                part_scores.weight * pointed.weight / part_scores.component_weight desc,
                pointed.sort_no
        ) as reason_no
    from pointed
    inner join part_scores on pointed.project_id = part_scores.project_id and pointed.part = part_scores.part
    cross join lateral (
        select
            case when pointed.unit in ('days', 'change') and pointed.value > 0 then '+' else '' end
            || case pointed.unit
                when 'share' then cast(cast(round(100 * pointed.value, 1) as decimal(18, 1)) as varchar) || '%'
                when 'change' then cast(cast(round(100 * pointed.value, 1) as decimal(18, 1)) as varchar) || '%'
                when 'days' then cast(cast(pointed.value as bigint) as varchar)
                when 'count' then cast(cast(pointed.value as bigint) as varchar)
                else cast(cast(round(pointed.value, 2) as decimal(18, 2)) as varchar)
            end as value_text
    ) as figures

),

reasons as (

    select
        project_id,
        max(component) filter (reason_no = 1) as reason_1_code,
        max(component) filter (reason_no = 2) as reason_2_code,
        max(component) filter (reason_no = 3) as reason_3_code,
        max(text_zh) filter (reason_no = 1) as reason_1_zh,
        max(text_zh) filter (reason_no = 2) as reason_2_zh,
        max(text_zh) filter (reason_no = 3) as reason_3_zh,
        max(text_en) filter (reason_no = 1) as reason_1_en,
        max(text_en) filter (reason_no = 2) as reason_2_en,
        max(text_en) filter (reason_no = 3) as reason_3_en
    from told
    group by project_id

)

select
    measured.project_id,
    measured.project_name,
    measured.customer_id,
    measured.customer_name,
    measured.type_code,
    measured.region_code,
    measured.manager_id,
    measured.stage_code,
    measured.status_code,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    measured.contract_amount,
    measured.planned_finish_on,
    measured.finish_p10_on,
    measured.finish_p50_on,
    measured.finish_p80_on,
    measured.finish_p90_on,
    measured.late_probability_share,
    measured.milestone_count,
    measured.finished_count,
    measured.overdue_count,
    measured.over_threshold_count,
    measured.worst_days_late,
    measured.schedule_count,
    measured.time_performance_index,
    measured.finish_slip_days,
    scores.schedule_score,
    measured.cost_count,
    measured.cost_performance_index,
    coalesce(measured.is_estimate_unstable, false) as is_estimate_unstable,
    measured.estimate_overrun_share,
    scores.cost_score,
    measured.quality_count,
    measured.first_acceptance_share,
    measured.rework_cost_share,
    scores.quality_score,
    measured.supply_count,
    measured.late_line_count,
    scores.supply_score,
    measured.customer_count,
    measured.mean_stars,
    measured.complaint_count,
    measured.major_complaint_count,
    scores.customer_score,
    coalesce({{ share('scores.schedule_used', 'scores.used') }}, cast(0 as decimal(18, 6))) as schedule_weight_share,
    coalesce({{ share('scores.cost_used', 'scores.used') }}, cast(0 as decimal(18, 6))) as cost_weight_share,
    coalesce({{ share('scores.quality_used', 'scores.used') }}, cast(0 as decimal(18, 6))) as quality_weight_share,
    coalesce({{ share('scores.supply_used', 'scores.used') }}, cast(0 as decimal(18, 6))) as supply_weight_share,
    coalesce({{ share('scores.customer_used', 'scores.used') }}, cast(0 as decimal(18, 6))) as customer_weight_share,
    scores.part_count,
    scores.missing_parts,
    scores.part_count between 1 and 4 as is_partial,
    scores.critical_parts <> '' as is_red_override,
    scores.critical_parts,
    scores.health_score,
    case
        when scores.part_count = 0 then 'no_data'
        when scores.critical_parts <> '' then 'bad'
        when scores.health_score >= {{ figure_default('health_good_score') }} then 'good'
        when scores.health_score >= {{ figure_default('health_watch_score') }} then 'watch'
        else 'bad'
    end as health_code,
    reasons.reason_1_code,
    reasons.reason_1_zh,
    reasons.reason_1_en,
    reasons.reason_2_code,
    reasons.reason_2_zh,
    reasons.reason_2_en,
    reasons.reason_3_code,
    reasons.reason_3_zh,
    reasons.reason_3_en,
    scores.weights_version,
    (select max(components.version) from components) as components_version
from measured
inner join scores on measured.project_id = scores.project_id
left join reasons on measured.project_id = reasons.project_id
