with

invoices as (

    select * from {{ ref('int_invoice_balance') }}

),

summed as (

    select
        customer_id,
        count(*) as invoice_count,
        {{ whole_sum('open_reporting_amount', 'open_amount') }} as receivable_amount,
        coalesce(
            {{ whole_sum('case when is_past_due then open_reporting_amount end', 'case when is_past_due then open_amount end') }},
            case when count(*) filter (is_past_due) = 0 then 0 end
        ) as overdue_amount,
        {{ whole_sum('case when is_recent then invoice_reporting_amount end', 'case when is_recent then invoice_amount end') }}
            as credit_sales_amount
    from (
        select
            invoices.*,
            invoices.issued_on > {{ as_of_on() }} - 365 and invoices.issued_on <= {{ as_of_on() }} as is_recent
        from invoices
    )
    group by customer_id

),

measured as (

    select
        summed.*,
        {{ share('summed.overdue_amount', 'summed.receivable_amount') }} as overdue_share,
        -- DSO − BPDSO: both over the credit sales of 365 days, so only the overdue part is left.
        cast(round(summed.overdue_amount * 365 / nullif(cast(summed.credit_sales_amount as double), 0), 2) as decimal(12, 2))
            as mean_delinquent_days
    from summed

)

select
    measured.customer_id,
    measured.invoice_count,
    measured.receivable_amount,
    cast(measured.overdue_amount as decimal(18, 2)) as overdue_amount,
    measured.credit_sales_amount,
    measured.overdue_share,
    measured.mean_delinquent_days,
    cast(
        case
            -- Amounts that could not be converted leave the grade open.
            when measured.receivable_amount is null or measured.overdue_amount is null then null
            else least(
                5,
                case
                    when coalesce(measured.overdue_share, 0) <= 0.05 then 1
                    when measured.overdue_share <= 0.15 then 2
                    when measured.overdue_share <= 0.30 then 3
                    when measured.overdue_share <= 0.50 then 4
                    else 5
                end
                + case
                    when measured.mean_delinquent_days > {{ figure_default('delinquent_limit_days') }} then 1 else 0
                end
            )
        end as bigint
    ) as payment_grade
from measured
