-- The cost of an order stays in staging: it is margin data. What was booked for it is in fct_expense.
with

work_orders as (

    select * from {{ ref('stg_work__work_orders') }}

),

service_levels as (

    select * from {{ ref('int_work_order_sla') }}

),

ratings as (

    select * from {{ ref('int_rating_subject') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

sites as (

    select * from {{ ref('stg_ref__sites') }}

),

engineers as (

    select * from {{ ref('stg_work__engineers') }}

),

context as (

    select as_of_on from {{ source('build', 'build_context') }}

),

rated as (

    select distinct work_order_id
    from ratings
    where work_order_id is not null

),

placed as (

    select
        work_orders.*,
        service_levels.customer_id as subject_customer_id,
        {{ local_date('work_orders.created_at', time_zone()) }} as created_on,
        case when {{ local_date('work_orders.assigned_at', time_zone()) }} <= context.as_of_on then work_orders.assigned_at end
            as known_assigned_at,
        service_levels.finished_on,
        service_levels.due_on,
        service_levels.due_month_on,
        service_levels.is_cancelled,
        service_levels.is_finished,
        service_levels.target_hours,
        service_levels.working_hours_used,
        service_levels.is_sla_due,
        service_levels.is_sla_met,
        coalesce(sites.region_code, projects.region_code, customers.region_code) as region_code,
        coalesce(sites.city, projects.city, customers.city) as city,
        {{ great_circle_km('sites.latitude', 'sites.longitude', 'bases.latitude', 'bases.longitude') }} as distance
    from work_orders
    inner join service_levels on work_orders.work_order_id = service_levels.work_order_id
    cross join context
    left join projects on work_orders.project_id = projects.project_id
    left join customers on service_levels.customer_id = customers.customer_id
    left join sites on coalesce(work_orders.site_id, projects.site_id) = sites.site_id
    left join engineers on work_orders.engineer_id = engineers.engineer_id
    left join sites as bases on engineers.base_site_id = bases.site_id

)

select
    placed.work_order_id,
    placed.kind_code,
    placed.priority_code,
    placed.status_code,
    placed.fault_code,
    placed.subject_customer_id as customer_id,
    placed.project_id,
    placed.milestone_id,
    placed.order_id,
    placed.site_id,
    placed.device_id,
    placed.product_id,
    placed.engineer_id,
    placed.crew_id,
    placed.parent_id,
    placed.region_code,
    placed.city,
    placed.created_at,
    placed.created_on,
    placed.known_assigned_at as assigned_at,
    placed.scheduled_on,
    placed.due_on,
    placed.due_month_on,
    placed.finished_on,
    cast(date_trunc('month', placed.finished_on) as date) as finished_month_on,
    {{ service_month_id('placed.finished_on', 'placed.region_code') }} as service_month_id,
    cast(round(placed.estimated_hours, 2) as decimal(12, 2)) as estimated_hours,
    cast(round(placed.labour_hours, 2) as decimal(12, 2)) as labour_hours,
    cast(round(placed.waiting_hours, 2) as decimal(12, 2)) as waiting_hours,
    placed.target_hours,
    placed.working_hours_used,
    cast(round(date_diff('second', placed.created_at, placed.known_assigned_at) / 3600, 2) as decimal(12, 2)) as assignment_hours,
    cast(round(placed.distance, 1) as decimal(9, 1)) as distance_km,
    coalesce(placed.is_rework, placed.kind_code = 'rework', false) as is_rework,
    placed.is_cancelled,
    placed.is_finished,
    -- Nobody has been found for it: the queue that a dispatcher works off.
    not placed.is_cancelled
    and not placed.is_finished
    and (placed.engineer_id is null or (placed.assigned_at is not null and placed.known_assigned_at is null)) as is_unassigned,
    placed.is_sla_due,
    placed.is_sla_met,
    rated.work_order_id is not null as is_rated
from placed
left join rated on placed.work_order_id = rated.work_order_id
