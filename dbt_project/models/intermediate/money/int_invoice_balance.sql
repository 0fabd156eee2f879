with

invoices as (

    select * from {{ ref('stg_erp__invoices') }}

),

payments as (

    select * from {{ ref('stg_erp__payments') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

paid as (

    select
        invoice_id,
        sum(paid_amount) as paid_amount,
        max(paid_on) as last_paid_on
    from payments
    where invoice_id is not null and paid_on <= {{ as_of_on() }}
    group by invoice_id

),

signed as (

    select
        invoices.invoice_id,
        invoices.customer_id,
        invoices.project_id,
        invoices.kind_code,
        invoices.issued_on,
        invoices.due_on,
        invoices.status_code,
        invoices.currency_code,
        paid.last_paid_on,
        case when invoices.kind_code = 'credit_note' then -abs(invoices.invoice_amount) else invoices.invoice_amount end
            as invoice_amount,
        -- A source without payments still says which invoices are settled.
        case
            when invoices.status_code in ('paid', 'written_off') then 0
            when invoices.kind_code = 'credit_note' then -abs(invoices.invoice_amount) - coalesce(paid.paid_amount, 0)
            else greatest(invoices.invoice_amount - coalesce(paid.paid_amount, 0), 0)
        end as open_amount
    from invoices
    left join paid on invoices.invoice_id = paid.invoice_id
    where coalesce(invoices.status_code, 'open') <> 'cancelled'

)

select
    signed.invoice_id,
    coalesce(customers.survivor_id, signed.customer_id) as customer_id,
    signed.project_id,
    signed.kind_code,
    signed.issued_on,
    signed.due_on,
    signed.status_code,
    signed.currency_code,
    signed.last_paid_on,
    signed.invoice_amount,
    cast(signed.open_amount as decimal(18, 2)) as open_amount,
    {{ converted('signed.invoice_amount', 'signed.currency_code', 'rates.rate') }} as invoice_reporting_amount,
    {{ converted('signed.open_amount', 'signed.currency_code', 'rates.rate') }} as open_reporting_amount,
    coalesce(signed.due_on < {{ as_of_on() }}, false) as is_past_due
from signed
left join customers on signed.customer_id = customers.customer_id
asof left join rates on signed.currency_code = rates.currency_code and signed.issued_on >= rates.rate_on
