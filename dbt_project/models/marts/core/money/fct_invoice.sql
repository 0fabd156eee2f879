with

balances as (

    select * from {{ ref('int_invoice_balance') }}
    where issued_on <= {{ as_of_on() }}

),

invoices as (

    select * from {{ ref('stg_erp__invoices') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

contracts as (

    select * from {{ ref('stg_crm__contracts') }}

),

acceptances as (

    select * from {{ ref('stg_erp__acceptances') }}
    where accepted_on <= {{ as_of_on() }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

contract_projects as (

    -- A contract of several projects says of none that an invoice is its own.
    select
        contract_id,
        min(project_id) as project_id
    from projects
    where contract_id is not null
    group by contract_id
    having count(*) = 1

),

placed as (

    select
        balances.*,
        invoices.order_id,
        invoices.acceptance_id,
        coalesce(invoices.contract_id, orders.contract_id, own_projects.contract_id) as contract_id,
        coalesce(invoices.project_id, orders.project_id, contract_projects.project_id) as placed_project_id,
        orders.delivered_on,
        orders.order_id is not null as has_order,
        case
            when invoices.kind_code = 'credit_note' then -abs(coalesce(invoices.tax_amount, 0))
            else coalesce(invoices.tax_amount, 0)
        end as tax_amount
    from balances
    inner join invoices on balances.invoice_id = invoices.invoice_id
    left join orders on invoices.order_id = orders.order_id
    left join projects as own_projects on coalesce(invoices.project_id, orders.project_id) = own_projects.project_id
    left join contract_projects on coalesce(invoices.contract_id, orders.contract_id) = contract_projects.contract_id

),

first_acceptances as (

    select
        coalesce(acceptances.project_id, contract_projects.project_id) as project_id,
        min(acceptances.accepted_on) as first_accepted_on
    from acceptances
    left join contract_projects on acceptances.contract_id = contract_projects.contract_id
    group by coalesce(acceptances.project_id, contract_projects.project_id)

),

dated as (

    select
        placed.*,
        projects.project_id is not null as has_project,
        contracts.contract_id is not null as has_contract,
        -- A prepayment is earned when the first goods are accepted, not when it is asked for.
        case
            when coalesce(placed.kind_code, 'invoice') <> 'prepayment' then placed.issued_on
            else greatest(
                placed.issued_on,
                coalesce(first_acceptances.first_accepted_on, projects.finished_on, placed.delivered_on, date 'infinity')
            )
        end as earned_on
    from placed
    left join projects on placed.placed_project_id = projects.project_id
    left join contracts on placed.contract_id = contracts.contract_id
    left join first_acceptances on placed.placed_project_id = first_acceptances.project_id

)

select
    dated.invoice_id,
    dated.customer_id,
    dated.placed_project_id as project_id,
    dated.contract_id,
    dated.order_id,
    dated.acceptance_id,
    coalesce(dated.kind_code, 'invoice') as kind_code,
    dated.status_code,
    case
        when dated.has_project then 'project'
        when dated.has_contract then 'contract'
        when dated.has_order then 'order'
        else 'unmatched'
    end as match_code,
    dated.issued_on,
    cast(date_trunc('month', dated.issued_on) as date) as month_on,
    dated.due_on,
    case when dated.earned_on <= {{ as_of_on() }} then dated.earned_on end as earned_on,
    dated.last_paid_on,
    dated.invoice_amount,
    cast(dated.tax_amount as decimal(18, 2)) as tax_amount,
    dated.open_amount,
    dated.currency_code,
    dated.invoice_reporting_amount,
    {{ converted('(dated.invoice_amount - dated.tax_amount)', 'dated.currency_code', 'rates.rate') }}
        as net_reporting_amount,
    dated.open_reporting_amount,
    dated.is_past_due and dated.open_amount <> 0 as is_overdue,
    case
        when dated.is_past_due and dated.open_amount <> 0 then date_diff('day', dated.due_on, {{ as_of_on() }})
    end as overdue_days
from dated
asof left join rates on dated.currency_code = rates.currency_code and dated.issued_on >= rates.rate_on
