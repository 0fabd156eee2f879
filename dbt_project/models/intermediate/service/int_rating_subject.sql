with

ratings as (

    select * from {{ ref('stg_work__ratings') }}

),

work_orders as (

    select * from {{ ref('stg_work__work_orders') }}

),

orders as (

    select * from {{ ref('stg_erp__orders') }}

)

select
    ratings.rating_id,
    coalesce(ratings.customer_id, work_orders.customer_id, orders.customer_id) as customer_id,
    coalesce(work_orders.project_id, orders.project_id) as project_id,
    ratings.order_id,
    ratings.work_order_id,
    ratings.stars,
    ratings.rated_at
from ratings
left join work_orders on ratings.work_order_id = work_orders.work_order_id
left join orders on coalesce(ratings.order_id, work_orders.order_id) = orders.order_id
