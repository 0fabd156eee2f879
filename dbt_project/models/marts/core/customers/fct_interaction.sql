with

interactions as (

    select
        interaction.*,
        {{ local_date('interaction.happened_at', 'context.time_zone') }} as happened_on,
        context.as_of_on
    from {{ ref('stg_crm__interactions') }} as interaction
    cross join {{ source('build', 'build_context') }} as context
    where {{ local_date('interaction.happened_at', 'context.time_zone') }} <= context.as_of_on

),

customers as (

    select * from {{ ref('dim_customer') }}

),

tiers as (

    select * from {{ ref('dim_customer_tier') }}
    where is_current

)

select
    interactions.interaction_id,
    coalesce(customers.survivor_id, interactions.customer_id) as customer_id,
    tiers.tier_code,
    interactions.kind_code,
    interactions.employee_id,
    interactions.happened_at,
    interactions.happened_on,
    cast(date_trunc('month', interactions.happened_on) as date) as happened_month_on,
    interactions.duration_minutes,
    -- A reminder sent by a machine costs nobody's time.
    not coalesce(interactions.is_automatic, interactions.kind_code = 'reminder', false) as is_human,
    interactions.happened_on
    > interactions.as_of_on - cast({{ figure_default('touch_window_days') }} as integer) as is_recent
from interactions
left join customers on interactions.customer_id = customers.customer_id
left join tiers on coalesce(customers.survivor_id, interactions.customer_id) = tiers.customer_id
