with

complaints as (

    select * from {{ ref('stg_work__complaints') }}

),

work_orders as (

    select * from {{ ref('fct_work_order') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

context as (

    select
        as_of_on,
        time_zone
    from {{ source('build', 'build_context') }}

),

placed as (

    select
        complaints.* replace (coalesce(customers.survivor_id, complaints.customer_id) as customer_id),
        case when {{ local_date('complaints.responded_at', 'context.time_zone') }} <= context.as_of_on then complaints.responded_at end
            as known_responded_at,
        case when {{ local_date('complaints.resolved_at', 'context.time_zone') }} <= context.as_of_on then complaints.resolved_at end
            as known_resolved_at,
        {{ local_date('complaints.received_at', 'context.time_zone') }} as received_on,
        coalesce('W' || complaints.work_order_id, 'O' || complaints.order_id) as subject_id,
        coalesce(complaints.project_id, work_orders.project_id) as subject_project_id,
        work_orders.product_id,
        work_orders.crew_id,
        coalesce(work_orders.region_code, projects.region_code, customers.region_code) as region_code,
        coalesce(work_orders.city, projects.city, customers.city) as city
    from complaints
    cross join context
    left join work_orders on complaints.work_order_id = work_orders.work_order_id
    left join projects on coalesce(complaints.project_id, work_orders.project_id) = projects.project_id
    left join customers on complaints.customer_id = customers.customer_id
    where {{ local_date('complaints.received_at', 'context.time_zone') }} <= context.as_of_on

),

merged as (

    -- Who complains again about the same order within a day says the same thing twice.
    select
        placed.*,
        placed.subject_id is not null
        and coalesce(
            placed.received_at <= lag(placed.received_at) over (
                partition by placed.subject_id order by placed.received_at, placed.complaint_id
            ) + to_hours(cast({{ figure_default('complaint_merge_hours') }} as integer)),
            false
        ) as is_duplicate
    from placed

),

recurring as (

    select
        complaint_id,
        coalesce(
            received_on <= lag(received_on) over (
                partition by customer_id, coalesce(category_code, 'other') order by received_at, complaint_id
            ) + cast({{ figure_default('complaint_repeat_days') }} as integer),
            false
        ) as is_repeat
    from merged
    where not is_duplicate

)

select
    merged.complaint_id,
    merged.customer_id,
    merged.subject_project_id as project_id,
    merged.order_id,
    merged.work_order_id,
    merged.product_id,
    merged.crew_id,
    merged.region_code,
    merged.city,
    merged.channel_code,
    coalesce(merged.category_code, 'other') as category_code,
    merged.severity_code,
    merged.status_code,
    merged.root_cause,
    merged.received_at,
    merged.received_on,
    cast(date_trunc('month', merged.received_on) as date) as received_month_on,
    {{ service_month_id('merged.received_on', 'merged.region_code') }} as service_month_id,
    merged.known_responded_at as responded_at,
    merged.known_resolved_at as resolved_at,
    cast(round(date_diff('second', merged.received_at, merged.known_responded_at) / 3600, 2) as decimal(12, 2)) as response_hours,
    cast(round(date_diff('second', merged.received_at, merged.known_resolved_at) / 3600, 2) as decimal(12, 2)) as resolution_hours,
    merged.compensation_amount,
    merged.currency_code,
    {{ converted('merged.compensation_amount', 'merged.currency_code', 'rates.rate') }} as compensation_reporting_amount,
    not merged.is_duplicate as is_counted,
    coalesce(recurring.is_repeat, false) as is_repeat
from merged
left join recurring on merged.complaint_id = recurring.complaint_id
asof left join rates on merged.currency_code = rates.currency_code and merged.received_on >= rates.rate_on
