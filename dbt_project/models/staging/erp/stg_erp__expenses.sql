with

source as (

    select * from {{ source('erp', 'raw_erp__expenses') }}

),

renamed as (

    select
        expense_id,
        project_id,
        work_order_id,
        milestone_id,
        supplier_id,
        cost_code,
        spent_on,
        booked_on,
        expense_amount,
        currency_code,
        claimed_by,
        approved_by,
        status_code,
        description,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
