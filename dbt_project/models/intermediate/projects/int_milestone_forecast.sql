with

changes as (

    select * from {{ ref('stg_projects__date_changes') }}

)

select
    milestone_id,
    new_on as forecast_finish_on,
    changed_by as forecast_changed_by,
    changed_at as forecast_changed_at,
    coalesce(reason, reason_code) as forecast_reason,
    origin_code as forecast_origin_code
from changes
where field_code = 'forecast_finish_on'
qualify
    row_number() over (
        partition by milestone_id order by changed_at desc, version desc nulls last, date_change_id desc
    ) = 1
