with

source as (

    select * from {{ source('crm', 'raw_crm__opportunities') }}

),

renamed as (

    select
        opportunity_id,
        lead_id,
        customer_id,
        name,
        stage_code,
        expected_amount,
        currency_code,
        opened_on,
        closed_on,
        is_won,
        win_probability_share,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
