with

source as (

    select * from {{ source('erp', 'raw_erp__orders') }}

),

renamed as (

    select
        order_id,
        customer_id,
        project_id,
        contract_id,
        status_code,
        ordered_at,
        confirmed_at,
        requested_on,
        promised_on,
        delivered_on,
        channel_code,
        total_amount,
        currency_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
