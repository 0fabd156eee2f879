with

payments as (

    select payments.* replace (coalesce(customers.survivor_id, payments.customer_id) as customer_id)
    from {{ ref('stg_erp__payments') }} as payments
    left join {{ ref('dim_customer') }} as customers on payments.customer_id = customers.customer_id
    where payments.paid_on <= {{ as_of_on() }}

),

invoices as (

    select * from {{ ref('fct_invoice') }}

),

all_invoices as (

    select * from {{ ref('stg_erp__invoices') }}

),

contracts as (

    select * from {{ ref('stg_crm__contracts') }}

),

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}

),

leads as (

    select * from {{ ref('stg_crm__leads') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

traced as (

    select
        payments.*,
        coalesce(invoices.project_id, payments.project_id) as placed_project_id,
        contracts.contract_id,
        opportunities.opportunity_id,
        leads.lead_id,
        invoices.kind_code,
        -- At the rate of the invoice's day: a rate that moved since is no under- or overpayment.
        coalesce(invoices.issued_on, payments.paid_on) as rate_day_on,
        case
            when payments.invoice_id is null then 'no_invoice'
            when all_invoices.invoice_id is null then 'unknown_invoice'
            when invoices.invoice_id is null then 'cancelled_invoice'
            when payments.customer_id <> invoices.customer_id then 'foreign_customer'
            when payments.project_id <> invoices.project_id then 'foreign_project'
            else 'matched'
        end as match_code,
        case
            when invoices.invoice_id is null then 'no_invoice'
            when contracts.contract_id is null then 'no_contract'
            when opportunities.opportunity_id is null then 'no_opportunity'
            when leads.lead_id is null then 'no_lead'
            else 'traced'
        end as trace_code
    from payments
    left join invoices on payments.invoice_id = invoices.invoice_id
    left join all_invoices on payments.invoice_id = all_invoices.invoice_id
    left join contracts on invoices.contract_id = contracts.contract_id
    left join opportunities on contracts.opportunity_id = opportunities.opportunity_id
    left join leads on opportunities.lead_id = leads.lead_id

)

select
    traced.payment_id,
    traced.invoice_id,
    traced.customer_id,
    traced.placed_project_id as project_id,
    traced.contract_id,
    traced.opportunity_id,
    traced.lead_id,
    traced.kind_code as invoice_kind_code,
    traced.match_code,
    traced.trace_code,
    traced.method_code,
    traced.paid_on,
    cast(date_trunc('month', traced.paid_on) as date) as month_on,
    traced.paid_amount,
    traced.currency_code,
    {{ converted('traced.paid_amount', 'traced.currency_code', 'rates.rate') }} as paid_reporting_amount,
    traced.trace_code = 'traced' as is_traced,
    traced.reference_text
from traced
asof left join rates on traced.currency_code = rates.currency_code and traced.rate_day_on >= rates.rate_on
