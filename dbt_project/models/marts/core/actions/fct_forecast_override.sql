with

overrides as (

    select * from {{ ref('fct_action_event') }}
    where kind_code = 'override_forecast'

),

typed as (

    select
        overrides.action_id as forecast_override_id,
        overrides.subject_id,
        overrides.version,
        overrides.payload ->> '$.product_id' as product_id,
        overrides.payload ->> '$.region_code' as region_code,
        cast(overrides.payload ->> '$.period_on' as date) as period_on,
        cast(overrides.payload ->> '$.model_quantity' as decimal(18, 4)) as model_quantity,
        cast(overrides.payload ->> '$.quantity' as decimal(18, 4)) as asked_quantity,
        cast(overrides.payload ->> '$.factor' as decimal(18, 6)) as factor,
        cast(overrides.payload ->> '$.expires_on' as date) as expires_on,
        overrides.reason_code,
        overrides.reason,
        overrides.done_by,
        overrides.done_at,
        overrides.done_on,
        overrides.approval_code,
        overrides.publication_name,
        overrides.is_effective
    from overrides

),

valued as (

    select
        typed.*,
        cast(coalesce(typed.asked_quantity, typed.model_quantity * typed.factor) as decimal(18, 4)) as override_quantity,
        typed.is_effective and typed.version = max(typed.version) filter (where typed.is_effective) over (
            partition by typed.subject_id
        ) as is_last
    from typed

)

select
    valued.*,
    {{ share('(valued.override_quantity - valued.model_quantity)', 'valued.model_quantity') }} as change_share,
    coalesce(
        valued.is_last
        and valued.approval_code in ('approved', 'not_needed')
        and valued.expires_on >= {{ as_of_on() }},
        false
    ) as is_in_force
from valued
