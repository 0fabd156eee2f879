with

source as (

    select * from {{ source('ref', 'raw_ref__exchange_rates') }}

),

renamed as (

    select
        from_currency_code,
        to_currency_code,
        rate_on,
        rate,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
