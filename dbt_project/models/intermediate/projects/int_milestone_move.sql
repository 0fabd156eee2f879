with

changes as (

    select * from {{ ref('stg_projects__date_changes') }}

),

context as (

    select * from {{ source('build', 'build_context') }}

)

select
    changes.date_change_id,
    changes.milestone_id,
    changes.field_code,
    {{ local_date('changes.changed_at', 'context.time_zone') }} as moved_on,
    changes.changed_at,
    changes.changed_by,
    changes.origin_code,
    changes.reason_code,
    changes.reason,
    changes.version,
    changes.old_on,
    changes.new_on,
    row_number() over (
        partition by changes.milestone_id, changes.field_code
        order by changes.changed_at desc, changes.version desc nulls last, changes.date_change_id desc
    ) = 1 as is_last
from changes
cross join context
where
    changes.field_code in ('planned_finish_on', 'forecast_finish_on')
    -- What people decide in the cockpit answers what they saw of this business date, though they do it a day later.
    and (
        changes.origin_code = 'cockpit'
        or {{ local_date('changes.changed_at', 'context.time_zone') }} <= context.as_of_on
    )
