with

customers as (

    select * from {{ ref('stg_crm__customers') }}

)

select
    customer_id,
    name,
    segment_code,
    industry_code,
    depth_code,
    region_code,
    province,
    city,
    country_code,
    account_manager_id,
    credit_days,
    credit_limit_amount,
    currency_code,
    since_on,
    is_active
from customers
