{%- set dimensions = {
    'region': 'region_code', 'city': 'city', 'project': 'project_id', 'crew': 'crew_id', 'product': 'product_id',
    'kind': 'kind_code', 'stage': 'stage_code', 'cause': 'category_code',
} -%}
{%- set counts = (
    'finished_order_count', 'rework_order_count', 'rated_order_count', 'sla_due_count', 'sla_met_count', 'rating_count',
    'star_count', 'satisfied_count', 'complaint_count', 'repeat_complaint_count', 'first_inspection_count',
    'first_passed_count', 'first_item_count', 'first_failed_item_count',
) -%}
{%- set dimension_code -%}
case
            {%- for name, column in dimensions.items() %}
            when grouping({{ column }}) = 0 then '{{ name }}'
            {%- endfor %}
            else 'company'
        end
{%- endset -%}
{%- set member_code -%}
case
            {%- for column in dimensions.values() %}
            when grouping({{ column }}) = 0 then {{ column }}
            {%- endfor %}
            else '-'
        end
{%- endset -%}
with

work_orders as (

    select * from {{ ref('fct_work_order') }}

),

ratings as (

    select * from {{ ref('fct_rating') }}
    where is_current

),

complaints as (

    select * from {{ ref('fct_complaint') }}
    where is_counted

),

inspections as (

    select * from {{ ref('fct_inspection') }}
    where is_first_held

),

projects as (

    select * from {{ ref('dim_project') }}

),

project_months as (

    select * from {{ ref('int_project_expense_month') }}

),

rework_expenses as (

    -- The same booked expenses that make a project's cost, so that the share is one of the other.
    select
        expenses.project_id,
        work_orders.crew_id,
        work_orders.product_id,
        work_orders.kind_code,
        expenses.expense_reporting_amount
    from {{ ref('fct_expense') }} as expenses
    inner join work_orders on expenses.work_order_id = work_orders.work_order_id
    where expenses.is_cost and work_orders.is_rework and expenses.project_id is not null

),

-- Each event with what it can be grouped by; a count that an event does not carry stays NULL.
events as (

    select
        finished_on as happened_on,
        region_code,
        city,
        project_id,
        crew_id,
        product_id,
        kind_code,
        1 as finished_order_count,
        cast(is_rework as integer) as rework_order_count,
        cast(is_rated as integer) as rated_order_count
    from work_orders
    where is_finished
    union all by name
    select
        due_on as happened_on,
        region_code,
        city,
        project_id,
        crew_id,
        product_id,
        kind_code,
        1 as sla_due_count,
        cast(is_sla_met as integer) as sla_met_count
    from work_orders
    where is_sla_due
    union all by name
    select
        rated_on as happened_on,
        region_code,
        city,
        project_id,
        crew_id,
        product_id,
        kind_code,
        1 as rating_count,
        stars as star_count,
        cast(is_satisfied as integer) as satisfied_count
    from ratings
    union all by name
    select
        received_on as happened_on,
        region_code,
        city,
        project_id,
        crew_id,
        product_id,
        category_code,
        1 as complaint_count,
        cast(is_repeat as integer) as repeat_complaint_count
    from complaints
    union all by name
    select
        inspected_on as happened_on,
        region_code,
        city,
        project_id,
        crew_id,
        product_id,
        stage_code,
        1 as first_inspection_count,
        cast(is_first_passed as integer) as first_passed_count,
        item_count as first_item_count,
        failed_count as first_failed_item_count
    from inspections
    union all by name
    select
        null::date as happened_on,
        projects.region_code,
        projects.city,
        projects.project_id,
        project_months.entry_count as cost_entry_count,
        project_months.unknown_count as cost_unknown_count,
        project_months.actual_amount as project_cost_amount
    from project_months
    inner join projects on project_months.project_id = projects.project_id
    union all by name
    select
        null::date as happened_on,
        projects.region_code,
        projects.city,
        projects.project_id,
        rework_expenses.crew_id,
        rework_expenses.product_id,
        rework_expenses.kind_code,
        1 as rework_expense_count,
        rework_expenses.expense_reporting_amount as rework_cost_amount
    from rework_expenses
    inner join projects on rework_expenses.project_id = projects.project_id

),

windowed as (

    select
        events.*,
        coalesce(
            events.happened_on > {{ as_of_on() }} - cast({{ figure_default('service_window_days') }} as integer), false
        ) as is_now,
        coalesce(
            events.happened_on <= {{ as_of_on() }} - cast({{ figure_default('service_window_days') }} as integer)
            and events.happened_on > {{ as_of_on() }} - 2 * cast({{ figure_default('service_window_days') }} as integer),
            false
        ) as is_before
    from events

),

grouped as (

    select
        {{ dimension_code }} as dimension_code,
        {{ member_code }} as member_code,
        {%- for name in counts %}
        coalesce(sum({{ name }}) filter (is_now), 0) as {{ name }},
        {%- endfor %}
        {%- for name in counts %}
        coalesce(sum({{ name }}) filter (is_before), 0) as {{ name }}_before,
        {%- endfor %}
        case
            when count(cost_entry_count) + count(rework_expense_count) > 0 and count(rework_expense_count) = count(rework_cost_amount)
                then coalesce(sum(rework_cost_amount), 0)
        end as rework_cost_amount,
        case when coalesce(sum(cost_unknown_count), 0) = 0 then sum(project_cost_amount) end as project_cost_amount
    from windowed
    group by grouping sets (
        (){% for column in dimensions.values() %},
        ({{ column }}){% endfor %}
    )
    -- Without any event there is no company to speak of.
    having count(*) > 0

),

visits as (

    select
        inspections.* replace (null::varchar as kind_code),
        null::varchar as category_code,
        inspections.stage_code as own_stage_code
    from inspections

),

stages as (

    select
        {{ dimension_code }} as dimension_code,
        {{ member_code }} as member_code,
        stage_code as own_stage_code,
        count(*) filter (is_first_passed) / count(*) as passed_share
    from visits
    where inspected_on > {{ as_of_on() }} - cast({{ figure_default('service_window_days') }} as integer)
    group by grouping sets (
        (own_stage_code){% for column in dimensions.values() %},
        (own_stage_code, {{ column }}){% endfor %}
    )

),

-- What passes every stage at the first visit, if stages fail independently of each other.
rolled as (

    select
        dimension_code,
        member_code,
        count(*) as stage_count,
        cast(round(product(passed_share order by own_stage_code), 6) as decimal(18, 6)) as rolled_pass_share
    from stages
    group by dimension_code, member_code

),

rated as (

    select
        grouped.*,
        100 * grouped.complaint_count / nullif(cast(grouped.finished_order_count as double), 0) as complaint_rate,
        100 * grouped.complaint_count_before / nullif(cast(grouped.finished_order_count_before as double), 0)
            as complaint_rate_before
    from grouped
    where grouped.member_code is not null

)

select
    rated.dimension_code || '/' || rated.member_code as service_group_id,
    rated.dimension_code,
    rated.member_code,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    {%- for name in counts %}
    cast(rated.{{ name }} as bigint) as {{ name }},
    {%- endfor %}
    {{ share('rated.rework_order_count', 'rated.finished_order_count') }} as rework_order_share,
    {{ share('rated.rated_order_count', 'rated.finished_order_count') }} as response_share,
    {{ share('rated.sla_met_count', 'rated.sla_due_count') }} as sla_share,
    {{ share('rated.sla_met_count_before', 'rated.sla_due_count_before') }} as sla_before_share,
    cast(round(rated.star_count / nullif(rated.rating_count, 0), 2) as decimal(4, 2)) as star_mean,
    cast(round(rated.star_count_before / nullif(rated.rating_count_before, 0), 2) as decimal(4, 2)) as star_mean_before,
    {{ share('rated.satisfied_count', 'rated.rating_count') }} as csat_share,
    {{ share('rated.satisfied_count_before', 'rated.rating_count_before') }} as csat_before_share,
    cast(round(rated.complaint_rate, 2) as decimal(9, 2)) as complaint_rate,
    cast(rated.complaint_count_before as bigint) as complaint_count_before,
    cast(rated.finished_order_count_before as bigint) as finished_order_count_before,
    cast(round(rated.complaint_rate_before, 2) as decimal(9, 2)) as complaint_rate_before,
    cast(round(100 * (rated.complaint_rate / nullif(rated.complaint_rate_before, 0) - 1), 1) as decimal(9, 1))
        as complaint_change_pct,
    {{ share('rated.repeat_complaint_count', 'rated.complaint_count') }} as repeat_complaint_share,
    -- The Pareto line: causes from the most frequent down.
    case
        when rated.dimension_code = 'cause'
            then {{ share(
                'sum(rated.complaint_count) over (partition by rated.dimension_code order by rated.complaint_count desc, rated.member_code)',
                'sum(rated.complaint_count) over (partition by rated.dimension_code)'
            ) }}
    end as cumulative_complaint_share,
    {{ share('rated.first_passed_count', 'rated.first_inspection_count') }} as first_pass_share,
    {{ share('rated.first_passed_count_before', 'rated.first_inspection_count_before') }} as first_pass_before_share,
    coalesce(rolled.stage_count, 0) as stage_count,
    rolled.rolled_pass_share,
    cast(rated.rework_cost_amount as decimal(18, 2)) as rework_cost_amount,
    cast(rated.project_cost_amount as decimal(18, 2)) as project_cost_amount,
    {{ share('rated.rework_cost_amount', 'rated.project_cost_amount') }} as rework_cost_share
from rated
left join rolled on rated.dimension_code = rolled.dimension_code and rated.member_code = rolled.member_code
