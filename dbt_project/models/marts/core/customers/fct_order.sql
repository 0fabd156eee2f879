{#- Incremental by run, not by clock: an order is built again when its own run is not the one it was built from,
    or when its customer has been merged into another since; what its source has deleted leaves. -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='order_id',
        on_schema_change='fail',
        post_hook="
            delete from {{ this }} as built
            where not exists (
                select 1 from {{ ref('stg_erp__orders') }} as orders where orders.order_id = built.order_id
            )
        "
    )
}}

with

orders as (

    select * from {{ ref('stg_erp__orders') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

)

select
    orders.order_id,
    coalesce(customers.survivor_id, orders.customer_id) as customer_id,
    orders.project_id,
    orders.contract_id,
    orders.status_code,
    orders.channel_code,
    orders.ordered_at,
    cast(orders.ordered_at as date) as ordered_on,
    cast(date_trunc('month', orders.ordered_at) as date) as ordered_month_on,
    orders.confirmed_at,
    orders.requested_on,
    orders.promised_on,
    orders.delivered_on,
    orders.total_amount,
    orders.currency_code,
    date_diff('day', orders.promised_on, orders.delivered_on) as days_late,
    orders.delivered_on is not null as is_delivered,
    coalesce(orders.delivered_on > orders.promised_on, false) as is_late,
    coalesce(orders.status_code in ('cancelled', 'unavailable', 'draft'), false) as is_cancelled,
    orders._run_id,
    orders._loaded_at
from orders
left join customers on orders.customer_id = customers.customer_id
{% if is_incremental() %}
left join {{ this }} as built on orders.order_id = built.order_id
where
    built.order_id is null
    or orders._run_id is distinct from built._run_id
    or built.customer_id is distinct from coalesce(customers.survivor_id, orders.customer_id)
{% endif %}
