with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

contracts as (

    select
        coalesce(customer.survivor_id, contract.customer_id) as customer_id,
        contract.signed_on,
        contract.status_code
    from {{ ref('stg_crm__contracts') }} as contract
    left join {{ ref('dim_customer') }} as customer on contract.customer_id = customer.customer_id

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
where customer_id is not null and active_on <= {{ as_of_on() }}
group by customer_id, active_on
