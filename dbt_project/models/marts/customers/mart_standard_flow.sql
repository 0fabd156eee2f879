with

customers as (

    select
        customers.*,
        tiers.tier_code
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('dim_customer_tier') }} as tiers on customers.customer_id = tiers.customer_id
    where not customers.is_merged and tiers.is_current and tiers.tier_code = 'B'

),

limits as (

    select
        tier_code,
        min(touch_limit) as touch_limit
    from {{ ref('customer_tier') }}
    group by tier_code

),

touches as (

    select
        customer_id,
        count(*) as touch_count
    from {{ ref('fct_interaction') }}
    where is_human and is_recent
    group by customer_id

),

reminders as (

    select
        customer_id,
        count(*) filter (is_recent) as due_count,
        count(*) filter (is_recent and not is_missed) as reminded_count,
        count(*) filter (is_recent and is_missed) as missed_count,
        count(*) filter (is_recent and has_contact) as contact_count,
        count(*) filter (state_code = 'open') as open_count,
        min(due_on) filter (not is_past) as next_due_on,
        arg_min(kind_code, due_on) filter (not is_past) as next_kind_code
    from {{ ref('fct_customer_reminder') }}
    group by customer_id

)

select
    customers.customer_id,
    customers.name as customer_name,
    customers.segment_code,
    customers.region_code,
    customers.account_manager_id,
    customers.tier_code,
    {{ as_of_on() }} as as_of_on,
    coalesce(reminders.due_count, 0) as due_count,
    coalesce(reminders.reminded_count, 0) as reminded_count,
    coalesce(reminders.missed_count, 0) as missed_count,
    coalesce(reminders.contact_count, 0) as contact_count,
    coalesce(reminders.open_count, 0) as open_count,
    reminders.next_due_on,
    reminders.next_kind_code,
    coalesce(touches.touch_count, 0) as touch_count,
    limits.touch_limit,
    coalesce(touches.touch_count > limits.touch_limit, false) as is_over_touch_limit
from customers
left join limits on customers.tier_code = limits.tier_code
left join touches on customers.customer_id = touches.customer_id
left join reminders on customers.customer_id = reminders.customer_id
