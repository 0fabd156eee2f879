with

events as (

    select * from {{ ref('fct_action_event') }}
    where item_id is not null

),

ratings as (

    select * from {{ ref('fct_rating') }}
    where is_current and customer_id is not null

),

openings as (

    select
        events.item_id,
        events.rule_id,
        events.about_type_code,
        events.about_id,
        cast(events.payload ->> '$.rule_version' as bigint) as rule_version,
        events.payload ->> '$.occurrence_key' as occurrence_key,
        events.payload ->> '$.cause_key' as cause_key,
        events.payload ->> '$.told.zh' as told_zh,
        events.payload ->> '$.told.en' as told_en,
        events.payload ->> '$.severity_code' as severity_code,
        events.payload ->> '$.owner_role_code' as owner_role_code,
        events.payload ->> '$.owner_id' as owner_id,
        cast(events.payload ->> '$.opened_on' as date) as opened_on,
        cast(events.payload ->> '$.due_on' as date) as due_on,
        cast(events.payload ->> '$.value_at_risk_amount' as decimal(18, 2)) as value_at_risk_amount,
        events.payload ->> '$.currency_code' as currency_code,
        events.payload ->> '$.evidence' as evidence,
        events.done_at as opened_at
    from events
    where events.kind_code = 'open_item'

),

-- What became of it, from the steps that hold; their states were worked out by the rules of the action store.
lives as (

    select
        events.item_id,
        arg_max(events.state_code, events.sequence_no) as state_code,
        not arg_max(events.is_closing, events.sequence_no) as is_open,
        arg_max(events.payload ->> '$.owner_id', events.sequence_no) filter (where events.kind_code = 'assign_item')
            as assigned_id,
        arg_max(cast(events.payload ->> '$.due_on' as date), events.sequence_no) filter (
            where events.kind_code = 'assign_item' and (events.payload ->> '$.due_on') is not null
        ) as moved_due_on,
        min(events.done_at) filter (where events.kind_code = 'acknowledge_item') as acknowledged_at,
        arg_min(events.done_by, events.sequence_no) filter (where events.kind_code = 'acknowledge_item')
            as acknowledged_by,
        min(events.done_at) filter (where events.kind_code = 'escalate_item') as escalated_at,
        max(events.done_at) filter (where events.is_closing) as closed_at,
        max(events.done_on) filter (where events.is_closing) as closed_on,
        arg_max(events.done_by, events.sequence_no) filter (where events.is_closing) as closed_by,
        arg_max(events.payload ->> '$.cause', events.sequence_no) filter (
            where events.kind_code in ('close_item', 'plan_care') and (events.payload ->> '$.cause') <> ''
        ) as cause,
        arg_max(events.payload ->> '$.action', events.sequence_no) filter (where events.kind_code = 'close_item')
            as action_taken,
        arg_max(events.payload ->> '$.result', events.sequence_no) filter (where events.kind_code = 'verify_item')
            as result,
        arg_max(events.reason, events.sequence_no) filter (where events.kind_code = 'dismiss_item') as dismissal,
        count(*) as event_count
    from events
    group by events.item_id

),

-- A customer's ratings of the 90 days after the close beside those of the 90 days before it opened: measured, not caused.
outcomes as (

    select
        openings.item_id,
        avg(ratings.stars) filter (
            where ratings.rated_on < openings.opened_on and ratings.rated_on >= openings.opened_on - 90
        ) as before_mean,
        avg(ratings.stars) filter (
            where ratings.rated_at > lives.closed_at and ratings.rated_on <= lives.closed_on + 90
        ) as after_mean,
        count(*) filter (
            where ratings.rated_at > lives.closed_at and ratings.rated_on <= lives.closed_on + 90
        ) as after_count
    from openings
    inner join lives on openings.item_id = lives.item_id
    inner join ratings on openings.about_id = ratings.customer_id
    where openings.about_type_code = 'customer'
    group by openings.item_id

)

select
    openings.item_id,
    openings.rule_id,
    openings.rule_version,
    openings.about_type_code,
    openings.about_id,
    openings.occurrence_key,
    openings.cause_key,
    openings.told_zh,
    openings.told_en,
    openings.severity_code,
    openings.owner_role_code,
    coalesce(lives.assigned_id, openings.owner_id) as owner_id,
    openings.opened_at,
    openings.opened_on,
    cast(date_trunc('month', openings.opened_on) as date) as opened_month_on,
    coalesce(lives.moved_due_on, openings.due_on) as due_on,
    openings.value_at_risk_amount,
    openings.currency_code,
    openings.evidence,
    {{ as_of_on() }} as as_of_on,
    lives.state_code,
    lives.is_open,
    lives.is_open and coalesce(lives.moved_due_on, openings.due_on) < {{ as_of_on() }} as is_overdue,
    lives.escalated_at is not null as is_escalated,
    case when lives.is_open then greatest(date_diff('day', openings.opened_on, {{ as_of_on() }}), 0) end as age_days,
    lives.acknowledged_at,
    lives.acknowledged_by,
    cast(round(date_diff('second', openings.opened_at, lives.acknowledged_at) / 3600.0, 4) as decimal(18, 4))
        as acknowledge_hours,
    lives.escalated_at,
    lives.closed_at,
    lives.closed_on,
    lives.closed_by,
    cast(round(date_diff('second', openings.opened_at, lives.closed_at) / 3600.0, 4) as decimal(18, 4)) as close_hours,
    lives.cause,
    lives.action_taken,
    lives.result,
    lives.dismissal,
    lives.event_count,
    cast(lives.is_open as bigint) as open_item_count,
    cast(round(outcomes.before_mean, 4) as decimal(9, 4)) as rating_before_mean,
    cast(round(outcomes.after_mean, 4) as decimal(9, 4)) as rating_after_mean,
    coalesce(outcomes.after_count, 0) as rating_after_count
from openings
inner join lives on openings.item_id = lives.item_id
left join outcomes on openings.item_id = outcomes.item_id
