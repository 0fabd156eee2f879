with

substitutes as (

    select * from {{ ref('stg_ref__product_substitutes') }}

)

select
    product_id || '>' || substitute_id as product_substitute_id,
    product_id,
    substitute_id,
    conversion,
    preference_no,
    is_approval_needed,
    note
from substitutes
