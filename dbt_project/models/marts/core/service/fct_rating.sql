with

ratings as (

    select * from {{ ref('int_rating_subject') }}

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

placed as (

    select
        ratings.*,
        work_orders.kind_code,
        work_orders.product_id,
        work_orders.engineer_id,
        work_orders.crew_id,
        coalesce(work_orders.region_code, projects.region_code, customers.region_code) as region_code,
        coalesce(work_orders.city, projects.city, customers.city) as city
    from ratings
    left join work_orders on ratings.work_order_id = work_orders.work_order_id
    left join projects on ratings.project_id = projects.project_id
    left join customers on ratings.customer_id = customers.customer_id

)

select
    placed.rating_id,
    placed.work_order_id,
    placed.order_id,
    placed.customer_id,
    placed.project_id,
    placed.product_id,
    placed.engineer_id,
    placed.crew_id,
    placed.kind_code,
    placed.region_code,
    placed.city,
    placed.channel_code,
    placed.stars,
    placed.rated_at,
    placed.rated_on,
    cast(date_trunc('month', placed.rated_on) as date) as rated_month_on,
    {{ service_month_id('placed.rated_on', 'placed.region_code') }} as service_month_id,
    placed.is_current,
    placed.stars >= {{ figure_default('satisfied_stars') }} as is_satisfied,
    placed.stars < {{ figure_default('low_rating_stars') }} as is_low
from placed
