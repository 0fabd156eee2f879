with

customers as (

    select * from {{ ref('dim_customer') }}

),

contracts as (

    select * from {{ ref('stg_crm__contracts') }}
    where status_code in ('signed', 'closed')

),

tiers as (

    select * from {{ ref('dim_customer_tier') }}
    where is_current

),

-- The standard flow of tier B: somebody or something gets in touch once in so many days, counted from when the
-- customer came. Zero days: the company has no such flow.
cadence as (

    select
        customers.customer_id,
        coalesce(customers.since_on, date '2000-01-01') as since_on,
        cast({{ figure_default('standard_service_days') }} as integer) as every_days
    from customers
    inner join tiers on customers.customer_id = tiers.customer_id
    where tiers.tier_code = 'B' and not customers.is_merged

),

standard_contacts as (

    select
        customer_id,
        every_days,
        since_on + every_days * cast(
            unnest(
                generate_series(
                    greatest(
                        1,
                        ({{ as_of_on() }} - cast({{ figure_default('reminder_calendar_days') }} as integer) - since_on)
                        // every_days
                    ),
                    ({{ as_of_on() }} + cast({{ figure_default('reminder_calendar_days') }} as integer) - since_on)
                    // every_days
                )
            ) as integer
        ) as due_on
    from cadence
    where every_days > 0

),

-- What falls due for a customer, with the day from which it could be known.
due as (

    select
        'contract_end' as kind_code,
        contract_id as subject_id,
        customer_id,
        ends_on as due_on,
        signed_on as known_on
    from contracts
    where status_code = 'signed'
    union all
    select
        'retention_due' as kind_code,
        contract_id as subject_id,
        customer_id,
        retention_due_on as due_on,
        signed_on as known_on
    from contracts
    union all
    select
        'visit' as kind_code,
        work_order_id as subject_id,
        customer_id,
        scheduled_on as due_on,
        cast(created_at as date) as known_on
    from {{ ref('stg_work__work_orders') }}
    where kind_code = 'maintenance' and coalesce(status_code <> 'cancelled', true)
    union all
    -- Units handed over together end their warranty together: one reminder for all of them.
    select
        'warranty_end' as kind_code,
        coalesce(project_id, site_id, customer_id) as subject_id,
        customer_id,
        warranty_ends_on as due_on,
        min(coalesce(commissioned_on, installed_on, delivered_on)) as known_on
    from {{ ref('stg_iot__devices') }}
    group by customer_id, coalesce(project_id, site_id, customer_id), warranty_ends_on
    union all
    -- Known since the one before.
    select
        'standard_service' as kind_code,
        customer_id as subject_id,
        customer_id,
        due_on,
        due_on - every_days as known_on
    from standard_contacts

),

calendar as (

    select
        due.kind_code,
        due.subject_id,
        due.customer_id as source_customer_id,
        coalesce(customers.survivor_id, due.customer_id) as customer_id,
        due.due_on,
        due.known_on,
        greatest(
            due.due_on - cast({{ figure_default('reminder_lead_days') }} as integer), coalesce(due.known_on, due.due_on - 3650)
        ) as reminded_on
    from due
    left join customers on due.customer_id = customers.customer_id
    where
        due.customer_id is not null
        and coalesce(due.known_on <= {{ as_of_on() }}, true)
        and due.due_on between {{ as_of_on() }} - cast({{ figure_default('reminder_calendar_days') }} as integer)
        and {{ as_of_on() }} + cast({{ figure_default('reminder_calendar_days') }} as integer)

),

-- The last contact on or before the day something was due.
contacts as (

    select distinct
        customer_id,
        happened_on
    from {{ ref('fct_interaction') }}

)

select
    calendar.kind_code || '/' || calendar.subject_id || '/' || calendar.source_customer_id || '/' || calendar.due_on
        as reminder_id,
    calendar.customer_id,
    tiers.tier_code,
    calendar.kind_code,
    calendar.subject_id,
    calendar.due_on,
    cast(date_trunc('month', calendar.due_on) as date) as due_month_on,
    calendar.known_on,
    calendar.reminded_on,
    case
        when calendar.due_on <= {{ as_of_on() }} then 'past'
        when calendar.reminded_on <= {{ as_of_on() }} then 'open'
        else 'planned'
    end as state_code,
    calendar.due_on <= {{ as_of_on() }} as is_past,
    calendar.due_on <= {{ as_of_on() }}
    and calendar.due_on > {{ as_of_on() }} - cast({{ figure_default('touch_window_days') }} as integer) as is_recent,
    -- Known on the day itself or later: no reminder could come before it.
    calendar.due_on <= {{ as_of_on() }} and calendar.reminded_on >= calendar.due_on as is_missed,
    coalesce(contacts.happened_on >= calendar.reminded_on, false) as has_contact
from calendar
left join tiers on calendar.customer_id = tiers.customer_id
asof left join contacts on calendar.customer_id = contacts.customer_id and calendar.due_on >= contacts.happened_on
