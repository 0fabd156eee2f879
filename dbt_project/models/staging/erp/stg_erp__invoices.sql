with

source as (

    select * from {{ source('erp', 'raw_erp__invoices') }}

),

renamed as (

    select
        invoice_id,
        customer_id,
        project_id,
        contract_id,
        order_id,
        acceptance_id,
        kind_code,
        issued_on,
        due_on,
        invoice_amount,
        tax_amount,
        currency_code,
        status_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
