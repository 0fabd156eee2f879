with

source as (

    select * from {{ source('erp', 'raw_erp__acceptances') }}

),

renamed as (

    select
        acceptance_id,
        project_id,
        milestone_id,
        order_id,
        contract_id,
        kind_code,
        accepted_on,
        accepted_amount,
        currency_code,
        is_conditional,
        note,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
