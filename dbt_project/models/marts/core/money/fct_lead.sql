{%- set stages = ['opportunity', 'quote', 'contract', 'delivery', 'acceptance', 'invoice', 'cash'] -%}
with

build_context as (

    select * from {{ source('build', 'build_context') }}

),

leads as (

    select
        leads.* replace (coalesce(customers.survivor_id, leads.customer_id) as customer_id),
        {{ local_date('leads.created_at', 'build_context.time_zone') }} as created_on
    from {{ ref('stg_crm__leads') }} as leads
    cross join build_context
    left join {{ ref('dim_customer') }} as customers on leads.customer_id = customers.customer_id

),

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}
    where lead_id is not null

),

quotes as (

    select
        opportunity_id,
        min(quoted_on) as quoted_on
    from {{ ref('stg_crm__quotes') }}
    where quoted_on <= {{ as_of_on() }} and coalesce(status_code, 'sent') not in ('draft', 'approval')
    group by opportunity_id

),

contracts as (

    select * from {{ ref('stg_crm__contracts') }}
    where signed_on <= {{ as_of_on() }} and status_code in ('signed', 'closed')

),

projects as (

    select * from {{ ref('dim_project') }}

),

orders as (

    select * from {{ ref('fct_order') }}
    where not is_cancelled and delivered_on <= {{ as_of_on() }}

),

acceptances as (

    select * from {{ ref('stg_erp__acceptances') }}
    where accepted_on <= {{ as_of_on() }}

),

invoices as (

    -- A prepayment asked for at the signature says nothing of deliveries.
    select * from {{ ref('fct_invoice') }}
    where kind_code in ('invoice', 'retention')

),

payments as (

    select * from {{ ref('fct_payment') }}
    where paid_amount > 0

),

contract_steps as (

    select
        coalesce(orders.contract_id, projects.contract_id) as contract_id,
        orders.delivered_on as delivery_on,
        null as acceptance_on,
        null as invoice_on,
        null as cash_on
    from orders
    left join projects on orders.project_id = projects.project_id
    union all
    select
        coalesce(acceptances.contract_id, projects.contract_id) as contract_id,
        null as delivery_on,
        acceptances.accepted_on as acceptance_on,
        null as invoice_on,
        null as cash_on
    from acceptances
    left join projects on acceptances.project_id = projects.project_id
    union all
    select
        invoices.contract_id,
        null as delivery_on,
        null as acceptance_on,
        invoices.issued_on as invoice_on,
        payments.paid_on as cash_on
    from invoices
    left join payments on invoices.invoice_id = payments.invoice_id

),

contract_dates as (

    select
        contract_id,
        min(delivery_on) as delivery_on,
        min(acceptance_on) as acceptance_on,
        min(invoice_on) as invoice_on,
        min(cash_on) as cash_on
    from contract_steps
    where contract_id is not null
    group by contract_id

),

lead_dates as (

    select
        opportunities.lead_id,
        min(opportunities.opened_on) filter (opportunities.opened_on <= {{ as_of_on() }}) as opportunity_on,
        min(quotes.quoted_on) as quote_on,
        min(contracts.signed_on) as contract_on,
        min(contract_dates.delivery_on) as delivery_on,
        min(contract_dates.acceptance_on) as acceptance_on,
        min(contract_dates.invoice_on) as invoice_on,
        min(contract_dates.cash_on) as cash_on
    from opportunities
    left join quotes on opportunities.opportunity_id = quotes.opportunity_id
    left join contracts on opportunities.opportunity_id = contracts.opportunity_id
    left join contract_dates on contracts.contract_id = contract_dates.contract_id
    group by opportunities.lead_id

),

staged as (

    -- What came later implies what must have come before, though nobody wrote it down: so no count can rise again.
    select
        leads.lead_id,
        leads.customer_id,
        leads.name,
        leads.owner_id,
        leads.source_code,
        leads.segment_code,
        leads.region_code,
        leads.status_code,
        leads.created_on,
        {%- for stage in stages %}
        lead_dates.{{ stage }}_on,
        {%- endfor %}
        {%- for stage in stages %}
        coalesce(
            {%- for later in stages[loop.index0:] %}
            lead_dates.{{ later }}_on{% if not loop.last %},{% endif %}
            {%- endfor %}
        ) is not null as has_{{ stage }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from leads
    left join lead_dates on leads.lead_id = lead_dates.lead_id
    where leads.created_on <= {{ as_of_on() }}

)

select
    staged.lead_id,
    staged.customer_id,
    staged.name,
    staged.owner_id,
    staged.source_code,
    staged.segment_code,
    staged.region_code,
    staged.status_code,
    case
        {%- for stage in stages | reverse %}
        when staged.has_{{ stage }} then '{{ stage }}'
        {%- endfor %}
        else 'lead'
    end as stage_code,
    staged.created_on,
    cast(date_trunc('month', staged.created_on) as date) as month_on,
    {%- for stage in stages %}
    staged.{{ stage }}_on,
    {%- endfor %}
    {%- for stage in stages %}
    staged.has_{{ stage }},
    {%- endfor %}
    -- Days from the stage before; NULL where either day is not known.
    {%- for stage in stages %}
    date_diff('day', staged.{{ 'created' if loop.first else stages[loop.index0 - 1] }}_on, staged.{{ stage }}_on)
        as {{ stage }}_days,
    {%- endfor %}
    date_diff('day', staged.created_on, staged.cash_on) as lead_to_cash_days
from staged
