with

products as (

    select * from {{ ref('stg_erp__products') }}

)

-- The standard cost stays in staging: it is margin data, and everyone who reads marts would see it here.
select
    product_id,
    name,
    category_code,
    model_code,
    unit_code,
    list_price_amount,
    currency_code,
    weight_kg,
    lead_time_days,
    is_active
from products
