select
    person_id,
    role_code,
    team_code,
    region_code,
    language_code,
    manager_id,
    coalesce(is_active, true) as is_active
from {{ ref('stg_ref__people') }}
