with

tariffs as (

    select * from {{ ref('stg_ref__freight_tariffs') }}

)

select
    tariff_id,
    origin_region_code,
    destination_region_code,
    mode_code,
    min_weight_kg,
    max_weight_kg,
    base_amount,
    price_per_kg_amount,
    currency_code,
    transit_days,
    valid_from_on,
    valid_to_on
from tariffs
