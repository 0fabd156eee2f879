with

projects as (

    select * from {{ ref('dim_project') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

contracts as (

    select * from {{ ref('stg_crm__contracts') }}

),

budgets as (

    select * from {{ ref('fct_budget') }}
    where is_current

),

purchase_lines as (

    select * from {{ ref('fct_purchase_line') }}
    where project_id is not null and not is_cancelled and ordered_on <= {{ as_of_on() }}

),

entries as (

    select * from {{ ref('fct_profit_entry') }}
    where source_code = 'receipt' and line_code = 'material'

),

expenses as (

    select * from {{ ref('fct_expense') }}

),

costs as (

    select * from {{ ref('int_project_expense_month') }}

),

invoices as (

    select * from {{ ref('fct_invoice') }}

),

payments as (

    select * from {{ ref('fct_payment') }}

),

receipts as (

    select * from {{ ref('fct_receipt_line') }}

),

budgeted as (

    select
        project_id,
        {{ whole_sum('budget_reporting_amount', 'budget_amount') }} as budget_amount
    from budgets
    group by project_id

),

received as (

    select
        receipts.purchase_line_id,
        sum(entries.reporting_amount) as received_amount
    from entries
    inner join receipts on entries.source_id = receipts.receipt_id
    group by receipts.purchase_line_id

),

ordered as (

    -- What is still to come of a line: its amount less the goods received and accepted.
    select
        purchase_lines.project_id,
        count(*) as purchase_line_count,
        count(*) filter (purchase_lines.line_reporting_amount is null) as unknown_count,
        case
            when count(*) = count(purchase_lines.line_reporting_amount)
                then cast(
                    sum(greatest(purchase_lines.line_reporting_amount - coalesce(received.received_amount, 0), 0))
                    as decimal(18, 2)
                )
        end as committed_purchase_amount
    from purchase_lines
    left join received on purchase_lines.purchase_line_id = received.purchase_line_id
    group by purchase_lines.project_id

),

claimed as (

    select
        project_id,
        {{ whole_sum('case when is_claimed then expense_reporting_amount end', 'case when is_claimed then expense_amount end') }}
            as claimed_amount,
        count(*) filter (is_claimed) as claimed_count,
        count(*) filter (is_booked) as expense_count,
        count(*) filter (is_cost) as traced_expense_count,
        count(*) filter (is_booked and not is_traced) as untraced_expense_count,
        {{ whole_sum(
            'case when is_booked and not is_traced then expense_reporting_amount end',
            'case when is_booked and not is_traced then expense_amount end'
        ) }} as untraced_amount,
        count(*) filter (expense_reporting_amount is null and (is_cost or is_claimed)) as unknown_count
    from expenses
    where project_id is not null
    group by project_id

),

spent as (

    select
        project_id,
        case when count(*) = count(actual_amount) then cast(sum(actual_amount) as decimal(18, 2)) end as actual_amount,
        sum(unknown_count) as unknown_count
    from costs
    where period_on <= {{ as_of_on() }}
    group by project_id

),

invoiced as (

    select
        project_id,
        count(*) as invoice_count,
        {{ whole_sum('invoice_reporting_amount', 'invoice_amount') }} as invoiced_amount,
        {{ whole_sum('open_reporting_amount', 'open_amount') }} as receivable_amount,
        {{ whole_sum('case when is_overdue then open_reporting_amount end', 'case when is_overdue then open_amount end') }}
            as overdue_amount,
        count(*) filter (is_overdue) as overdue_count,
        count(*) filter (invoice_reporting_amount is null) as unknown_count
    from invoices
    where project_id is not null
    group by project_id

),

collected as (

    select
        project_id,
        count(*) as payment_count,
        count(*) filter (is_traced) as traced_payment_count,
        {{ whole_sum('paid_reporting_amount', 'paid_amount') }} as collected_amount,
        count(*) filter (paid_reporting_amount is null) as unknown_count
    from payments
    where project_id is not null
    group by project_id

),

summed as (

    select
        projects.project_id,
        projects.name as project_name,
        projects.customer_id,
        customers.name as customer_name,
        projects.region_code,
        customers.segment_code,
        projects.manager_id,
        projects.status_code,
        projects.finished_on,
        projects.contract_reporting_amount as contract_amount,
        -- A source without budgets by month still says the whole of each project.
        case when budgeted.project_id is null then projects.budget_reporting_amount else budgeted.budget_amount end
            as budget_amount,
        case when ordered.project_id is null then 0 else ordered.committed_purchase_amount end as committed_purchase_amount,
        case when coalesce(claimed.claimed_count, 0) = 0 then 0 else claimed.claimed_amount end as committed_expense_amount,
        case when spent.project_id is null then 0 else spent.actual_amount end as actual_amount,
        case when invoiced.project_id is null then 0 else invoiced.invoiced_amount end as invoiced_amount,
        case when collected.project_id is null then 0 else collected.collected_amount end as collected_amount,
        case when invoiced.project_id is null then 0 else invoiced.receivable_amount end as receivable_amount,
        case when coalesce(invoiced.overdue_count, 0) = 0 then 0 else invoiced.overdue_amount end as overdue_amount,
        cast(projects.contract_reporting_amount * contracts.retention_pct / 100 as decimal(18, 2)) as retention_amount,
        contracts.retention_due_on,
        coalesce(claimed.expense_count, 0) as expense_count,
        coalesce(claimed.traced_expense_count, 0) as traced_expense_count,
        case when coalesce(claimed.untraced_expense_count, 0) = 0 then 0 else claimed.untraced_amount end
            as untraced_amount,
        coalesce(invoiced.invoice_count, 0) as invoice_count,
        coalesce(invoiced.overdue_count, 0) as overdue_count,
        coalesce(collected.payment_count, 0) as payment_count,
        coalesce(collected.traced_payment_count, 0) as traced_payment_count,
        cast(
            coalesce(ordered.unknown_count, 0) + coalesce(claimed.unknown_count, 0) + coalesce(spent.unknown_count, 0)
            + coalesce(invoiced.unknown_count, 0) + coalesce(collected.unknown_count, 0) as bigint
        ) as unknown_count
    from projects
    left join customers on projects.customer_id = customers.customer_id
    left join contracts on projects.contract_id = contracts.contract_id
    left join budgeted on projects.project_id = budgeted.project_id
    left join ordered on projects.project_id = ordered.project_id
    left join claimed on projects.project_id = claimed.project_id
    left join spent on projects.project_id = spent.project_id
    left join invoiced on projects.project_id = invoiced.project_id
    left join collected on projects.project_id = collected.project_id

),

estimated as (

    select
        summed.*,
        summed.committed_purchase_amount + summed.committed_expense_amount as committed_amount,
        summed.actual_amount + summed.committed_purchase_amount + summed.committed_expense_amount as known_cost_amount,
        coalesce(summed.finished_on <= {{ as_of_on() }}, summed.status_code in ('completed', 'cancelled'), false) as is_over
    from summed

),

forecast as (

    -- An open project costs its budget, or what is spent and ordered once that is more; one without a budget has no
    -- estimate. greatest() of DuckDB skips NULLs, so each part is asked for.
    select
        estimated.*,
        case
            when estimated.is_over then estimated.known_cost_amount
            when estimated.known_cost_amount is not null and estimated.budget_amount > 0
                then greatest(estimated.budget_amount, estimated.known_cost_amount)
        end as eac_amount,
        -- A cancelled project earns its contract no more, so there is nothing to set its cost against.
        case
            when coalesce(estimated.status_code, 'active') <> 'cancelled'
                then estimated.contract_amount - eac_amount
        end as margin_forecast_amount
    from estimated

)

select
    forecast.project_id,
    forecast.project_name,
    forecast.customer_id,
    forecast.customer_name,
    forecast.region_code,
    forecast.segment_code,
    forecast.manager_id,
    forecast.status_code,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    forecast.contract_amount,
    forecast.budget_amount,
    cast(forecast.committed_purchase_amount as decimal(18, 2)) as committed_purchase_amount,
    cast(forecast.committed_expense_amount as decimal(18, 2)) as committed_expense_amount,
    cast(forecast.committed_amount as decimal(18, 2)) as committed_amount,
    cast(forecast.actual_amount as decimal(18, 2)) as actual_amount,
    cast(forecast.invoiced_amount as decimal(18, 2)) as invoiced_amount,
    cast(forecast.collected_amount as decimal(18, 2)) as collected_amount,
    cast(forecast.receivable_amount as decimal(18, 2)) as receivable_amount,
    cast(forecast.overdue_amount as decimal(18, 2)) as overdue_amount,
    forecast.retention_amount,
    forecast.retention_due_on,
    cast(forecast.eac_amount as decimal(18, 2)) as eac_amount,
    cast(forecast.margin_forecast_amount as decimal(18, 2)) as margin_forecast_amount,
    {{ share('forecast.margin_forecast_amount', 'forecast.contract_amount') }} as margin_forecast_share,
    forecast.expense_count,
    forecast.traced_expense_count,
    {{ share('forecast.traced_expense_count', 'forecast.expense_count') }} as traced_expense_share,
    cast(forecast.untraced_amount as decimal(18, 2)) as untraced_amount,
    forecast.invoice_count,
    forecast.overdue_count,
    forecast.payment_count,
    forecast.traced_payment_count,
    {{ share('forecast.traced_payment_count', 'forecast.payment_count') }} as traced_payment_share,
    forecast.unknown_count
from forecast
