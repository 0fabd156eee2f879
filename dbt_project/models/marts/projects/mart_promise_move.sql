with

changes as (

    select * from {{ ref('int_milestone_move') }}

),

milestones as (

    select * from {{ ref('fct_milestone') }}

),

purchase_lines as (

    select * from {{ ref('fct_purchase_line') }}

),

told as (

    select
        'milestone' as subject_code,
        changes.milestone_id as subject_id,
        milestones.project_id,
        changes.field_code,
        changes.date_change_id as move_id,
        changes.moved_on,
        changes.changed_at as moved_at,
        changes.version,
        changes.changed_by as moved_by,
        changes.origin_code,
        changes.reason_code,
        changes.reason,
        changes.old_on,
        changes.new_on as to_on,
        coalesce(changes.old_on, milestones.planned_finish_on) as began_on
    from changes
    inner join milestones on changes.milestone_id = milestones.milestone_id

),

confirmed as (

    -- The source keeps a supplier's first and latest day; who came to it when, it does not say.
    select
        'purchase_line' as subject_code,
        purchase_line_id as subject_id,
        project_id,
        'promised_on' as field_code,
        purchase_line_id as move_id,
        supplier_id as moved_by,
        'supplier' as origin_code,
        promised_on as old_on,
        current_promised_on as to_on,
        promised_on as began_on
    from purchase_lines
    where not is_cancelled and current_promised_on <> promised_on

),

moves as (

    select * from told
    union all by name
    select * from confirmed

),

chained as (

    select
        moves.*,
        row_number() over by_time as move_no,
        -- Where a date was taken back the next move begins at the last one that stood.
        coalesce(lag(moves.to_on ignore nulls) over by_time, first_value(moves.began_on) over by_time) as from_on,
        row_number() over (
            partition by moves.subject_code, moves.subject_id, moves.field_code
            order by moves.moved_at desc nulls last, moves.version desc nulls last, moves.move_id desc
        ) = 1 as is_last
    from moves
    window
        by_time as (
            partition by moves.subject_code, moves.subject_id, moves.field_code
            order by moves.moved_at, moves.version nulls first, moves.move_id
        )

)

select
    chained.subject_code || '/' || chained.field_code || '/' || chained.move_id as promise_move_id,
    chained.subject_code,
    chained.subject_id,
    chained.subject_code || '/' || chained.field_code || '/' || chained.subject_id as promise_id,
    chained.project_id,
    chained.field_code,
    chained.move_no,
    chained.moved_on,
    cast(date_trunc('month', chained.moved_on) as date) as month_on,
    chained.moved_at,
    chained.moved_by,
    chained.origin_code,
    chained.reason_code,
    chained.reason,
    chained.from_on,
    chained.to_on,
    date_diff('day', chained.from_on, chained.to_on) as moved_days,
    -- The date that the mover found was another one than the last known move had left.
    case when chained.move_no > 1 then coalesce(date_diff('day', chained.from_on, chained.old_on), 0) else 0 end
        as unrecorded_days,
    first_value(chained.from_on) over whole as first_on,
    last_value(chained.to_on ignore nulls) over whole as final_on,
    cast(sum(date_diff('day', chained.from_on, chained.to_on)) over whole as bigint) as total_moved_days,
    count(*) over whole as move_count,
    chained.is_last
from chained
window
    whole as (
        partition by chained.subject_code, chained.subject_id, chained.field_code
        order by chained.move_no
        rows between unbounded preceding and unbounded following
    )
