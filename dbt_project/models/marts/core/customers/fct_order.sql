{#- Incremental by run, not by clock: an order is built again when its own run is not the one it was built from. -#}
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='order_id', on_schema_change='fail') }}

with

orders as (

    select * from {{ ref('stg_erp__orders') }}

)

select
    orders.order_id,
    orders.customer_id,
    orders.project_id,
    orders.contract_id,
    orders.status_code,
    orders.channel_code,
    orders.ordered_at,
    cast(orders.ordered_at as date) as ordered_on,
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
{% if is_incremental() %}
anti join (select distinct _run_id from {{ this }}) as built on orders._run_id = built._run_id
{% endif %}
