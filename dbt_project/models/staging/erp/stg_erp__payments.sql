with

source as (

    select * from {{ source('erp', 'raw_erp__payments') }}

),

renamed as (

    select
        payment_id,
        invoice_id,
        customer_id,
        project_id,
        paid_on,
        paid_amount,
        currency_code,
        method_code,
        reference_text,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
