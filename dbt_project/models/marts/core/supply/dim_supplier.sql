with

suppliers as (

    select * from {{ ref('stg_erp__suppliers') }}

)

select
    supplier_id,
    name,
    category_code,
    country_code,
    region_code,
    city,
    quoted_lead_time_days,
    payment_days,
    currency_code,
    is_active
from suppliers
