with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

contracts as (

    select * from {{ ref('stg_crm__contracts') }}

),

orders as (

    select
        customer_id,
        ordered_on as active_on,
        count(distinct order_id) as order_count,
        0 as signed_contract_count
    from order_lines
    where not is_cancelled and kind_code = 'sale'
    group by customer_id, ordered_on

),

signatures as (

    select
        customer_id,
        signed_on as active_on,
        0 as order_count,
        count(*) as signed_contract_count
    from contracts
    where signed_on is not null and status_code in ('signed', 'closed')
    group by customer_id, signed_on

),

both_kinds as (

    select * from orders
    union all
    select * from signatures

)

select
    customer_id,
    active_on,
    cast(sum(order_count) as bigint) as order_count,
    cast(sum(signed_contract_count) as bigint) as signed_contract_count
from both_kinds
where customer_id is not null
group by customer_id, active_on
