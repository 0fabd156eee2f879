with

expenses as (

    select * from {{ ref('fct_expense') }}

),

invoices as (

    select * from {{ ref('fct_invoice') }}

),

payments as (

    select * from {{ ref('fct_payment') }}

),

untraced_expenses as (

    select
        'expense' as queue_code,
        trace_code as reason_code,
        expense_id as source_id,
        spent_on as happened_on,
        project_id,
        customer_id,
        work_order_id,
        null as invoice_id,
        claimed_by as person_id,
        expense_reporting_amount as reporting_amount,
        description
    from expenses
    where not is_traced and (is_booked or is_claimed)

),

unmatched_invoices as (

    select
        'invoice' as queue_code,
        match_code as reason_code,
        invoice_id as source_id,
        issued_on as happened_on,
        project_id,
        customer_id,
        null as work_order_id,
        invoice_id,
        null as person_id,
        invoice_reporting_amount as reporting_amount,
        null as description
    from invoices
    where match_code = 'unmatched'

),

unmatched_payments as (

    select
        'payment' as queue_code,
        match_code as reason_code,
        payment_id as source_id,
        paid_on as happened_on,
        project_id,
        customer_id,
        null as work_order_id,
        invoice_id,
        null as person_id,
        paid_reporting_amount as reporting_amount,
        reference_text as description
    from payments
    where match_code <> 'matched'

),

receipts_without_lead as (

    -- A payment that found no invoice stands in its own queue already.
    select
        'lead' as queue_code,
        trace_code as reason_code,
        payment_id as source_id,
        paid_on as happened_on,
        project_id,
        customer_id,
        null as work_order_id,
        invoice_id,
        null as person_id,
        paid_reporting_amount as reporting_amount,
        reference_text as description
    from payments
    where trace_code not in ('traced', 'no_invoice')

),

listed as (

    select * from untraced_expenses
    union all by name
    select * from unmatched_invoices
    union all by name
    select * from unmatched_payments
    union all by name
    select * from receipts_without_lead

)

select
    listed.queue_code || '/' || listed.source_id as money_exception_id,
    listed.queue_code,
    listed.reason_code,
    listed.source_id,
    listed.happened_on,
    cast(date_trunc('month', listed.happened_on) as date) as month_on,
    {{ as_of_on() }} as as_of_on,
    listed.project_id,
    listed.customer_id,
    listed.work_order_id,
    listed.invoice_id,
    listed.person_id,
    listed.reporting_amount,
    {{ reporting_currency() }} as currency_code,
    listed.description
from listed
