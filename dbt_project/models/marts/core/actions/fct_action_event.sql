with

events as (

    select * from {{ ref('stg_actions__events') }}

),

context as (

    select * from {{ source('build', 'build_context') }}

)

-- What people do answers the business date they saw, though they do it a day later: nothing is held back by date.
select
    events.action_id,
    events.sequence_no,
    events.kind_code,
    events.subject_type_code,
    events.subject_id,
    events.version,
    events.about_type_code,
    events.about_id,
    events.rule_id,
    events.item_id,
    events.state_code,
    events.approval_code,
    events.payload,
    events.reason_code,
    events.reason,
    events.done_by,
    events.done_at,
    {{ local_date('events.done_at', 'context.time_zone') }} as done_on,
    cast(date_trunc('month', {{ local_date('events.done_at', 'context.time_zone') }}) as date) as done_month_on,
    events.undoes_action_id,
    events.figure_id,
    events.publication_name,
    events.done_by <> 'rules' as is_by_person,
    events.is_effective,
    events.is_closing
from events
cross join context
