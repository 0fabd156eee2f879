with

source as (

    select * from {{ source('erp', 'raw_erp__budgets') }}

),

renamed as (

    select
        project_id,
        cost_code,
        period_on,
        version_no,
        milestone_id,
        budget_amount,
        currency_code,
        approved_on,
        approved_by,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
