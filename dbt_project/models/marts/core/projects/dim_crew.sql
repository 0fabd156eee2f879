with

crews as (

    select * from {{ ref('stg_projects__crews') }}

)

select
    crew_id,
    name,
    trade_code,
    region_code,
    city,
    leader_id,
    head_count,
    hourly_cost_amount,
    currency_code,
    is_subcontractor,
    is_active
from crews
