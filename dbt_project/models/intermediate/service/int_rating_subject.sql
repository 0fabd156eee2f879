with

ratings as (

    select * from {{ ref('stg_work__ratings') }}

),

work_orders as (

    select * from {{ ref('stg_work__work_orders') }}

),

orders as (

    select * from {{ ref('stg_erp__orders') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

context as (

    select
        as_of_on,
        time_zone
    from {{ source('build', 'build_context') }}

),

known as (

    select
        ratings.*,
        {{ local_date('ratings.rated_at', 'context.time_zone') }} as rated_on
    from ratings
    cross join context
    where {{ local_date('ratings.rated_at', 'context.time_zone') }} <= context.as_of_on

)

select
    known.rating_id,
    coalesce(customers.survivor_id, known.customer_id, work_orders.customer_id, orders.customer_id) as customer_id,
    coalesce(work_orders.project_id, orders.project_id) as project_id,
    known.order_id,
    known.work_order_id,
    known.stars,
    known.rated_at,
    known.rated_on,
    known.channel_code,
    -- The newest rating of an order counts; a rating without an order stands for itself.
    row_number() over (
        partition by coalesce('W' || known.work_order_id, 'O' || known.order_id, 'R' || known.rating_id)
        order by known.rated_at desc, known.rating_id desc
    ) = 1 as is_current
from known
left join work_orders on known.work_order_id = work_orders.work_order_id
left join orders on coalesce(known.order_id, work_orders.order_id) = orders.order_id
left join customers on coalesce(known.customer_id, work_orders.customer_id, orders.customer_id) = customers.customer_id
