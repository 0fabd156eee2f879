with

source as (

    select * from {{ source('ref', 'raw_ref__freight_tariffs') }}

),

renamed as (

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
        valid_to_on,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
