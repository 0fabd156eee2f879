with

policies as (

    select * from {{ ref('stg_ref__compensation_policy') }}

)

select
    tier_code || '|' || cause_code || '|' || valid_from_on as compensation_policy_id,
    tier_code,
    cause_code,
    valid_from_on,
    valid_to_on,
    max_amount,
    cast(max_share as double) as max_share,
    currency_code,
    approver_role_code
from policies
