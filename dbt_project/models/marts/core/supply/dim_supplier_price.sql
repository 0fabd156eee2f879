with

prices as (

    select * from {{ ref('stg_erp__supplier_prices') }}

)

select
    supplier_id || '|' || product_id || '|' || valid_from_on || '|' || min_quantity as supplier_price_id,
    supplier_id,
    product_id,
    valid_from_on,
    valid_to_on,
    min_quantity,
    unit_price_amount,
    currency_code,
    lead_time_days,
    is_preferred
from prices
