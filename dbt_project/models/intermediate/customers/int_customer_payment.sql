with

days as (

    select
        {{ as_of_on() }} as measured_on,
        true as is_now
    union all
    select
        cast({{ as_of_on() }} - interval 12 month as date) as measured_on,
        false as is_now

),

invoices as (

    select * from {{ ref('int_invoice_balance') }}
    where customer_id is not null and issued_on <= {{ as_of_on() }}

),

payments as (

    select * from {{ ref('stg_erp__payments') }}
    where paid_on <= {{ as_of_on() }}

),

-- Per invoice: what had been paid a year ago, and what came in within the last days. Payments are in the invoice's
-- currency, so its own rate converts them.
received as (

    select
        payments.invoice_id,
        sum(payments.paid_amount) filter (payments.paid_on <= cast({{ as_of_on() }} - interval 12 month as date))
            as earlier_paid_amount,
        sum(payments.paid_amount)
            filter (payments.paid_on > {{ as_of_on() }} - cast({{ figure_default('payment_window_days') }} as integer))
            as window_paid_amount
    from payments
    where payments.invoice_id is not null
    group by payments.invoice_id

),

-- Every invoice as it stands on the business date and as it stood a year before.
standing as (

    select
        invoices.customer_id,
        days.measured_on,
        days.is_now,
        date_diff('day', invoices.issued_on, days.measured_on) as age_days,
        date_diff('day', invoices.due_on, days.measured_on) as past_due_days,
        invoices.invoice_amount,
        invoices.invoice_reporting_amount,
        case
            when days.is_now then invoices.open_amount
            -- Settled without a payment on record: nobody knows since when, so it counts as settled then too.
            when received.invoice_id is null and invoices.status_code in ('paid', 'written_off') then 0
            when invoices.kind_code = 'credit_note' then invoices.invoice_amount - coalesce(received.earlier_paid_amount, 0)
            else greatest(invoices.invoice_amount - coalesce(received.earlier_paid_amount, 0), 0)
        end as open_amount,
        received.window_paid_amount
    from invoices
    inner join days on invoices.issued_on <= days.measured_on
    left join received on invoices.invoice_id = received.invoice_id

),

converted as (

    select
        standing.*,
        standing.age_days < {{ figure_default('payment_window_days') }} as is_in_window,
        -- Money we owe back is not late money of theirs.
        coalesce(standing.past_due_days > 0, false) and standing.open_amount > 0 as is_overdue,
        case
            when standing.invoice_amount = standing.invoice_reporting_amount then cast(standing.open_amount as decimal(18, 2))
            else cast(
                standing.open_amount * standing.invoice_reporting_amount / nullif(standing.invoice_amount, 0) as decimal(18, 2)
            )
        end as open_reporting_amount,
        case
            when standing.invoice_amount = standing.invoice_reporting_amount then cast(standing.window_paid_amount as decimal(18, 2))
            else cast(
                standing.window_paid_amount * standing.invoice_reporting_amount / nullif(standing.invoice_amount, 0) as decimal(18, 2)
            )
        end as window_paid_reporting_amount
    from standing

),

summed as (

    select
        customer_id,
        measured_on,
        is_now,
        count(*) as invoice_count,
        count(*) filter (invoice_reporting_amount is null and invoice_amount is not null) as unconverted_count,
        cast(sum(open_reporting_amount) as decimal(18, 2)) as receivable_amount,
        cast(coalesce(sum(open_reporting_amount) filter (is_overdue), 0) as decimal(18, 2)) as overdue_amount,
        cast(sum(invoice_reporting_amount) filter (is_in_window) as decimal(18, 2)) as credit_sales_amount,
        cast(coalesce(sum(window_paid_reporting_amount), 0) as decimal(18, 2)) as collected_amount,
        {% for bucket, low, high in [('1_30', 1, 30), ('31_60', 31, 60), ('61_90', 61, 90), ('over_90', 91, none)] %}
        cast(
            coalesce(
                sum(open_reporting_amount)
                    filter (is_overdue and past_due_days >= {{ low }}{% if high %} and past_due_days <= {{ high }}{% endif %}),
                0
            ) as decimal(18, 2)
        ) as overdue_{{ bucket }}_amount{{ ',' if not loop.last }}
        {% endfor %}
    from converted
    group by customer_id, measured_on, is_now

),

-- The countback: whole periods of 30 days back from the business date until their sales make up the receivable, the
-- last one by its part.
periods as (

    select
        customer_id,
        is_now,
        cast(floor(age_days / 30) as integer) as period_no,
        sum(invoice_reporting_amount) as sales_amount
    from converted
    group by customer_id, is_now, cast(floor(age_days / 30) as integer)

),

cumulated as (

    select
        periods.*,
        sum(periods.sales_amount) over (partition by periods.customer_id, periods.is_now order by periods.period_no) as sold_amount
    from periods

),

countback as (

    select
        summed.customer_id,
        summed.is_now,
        min(
            30 * cumulated.period_no
            + 30 * (summed.receivable_amount - cumulated.sold_amount + cumulated.sales_amount)
            / nullif(cast(cumulated.sales_amount as double), 0)
        ) filter (
            cumulated.sold_amount >= summed.receivable_amount
            and cumulated.sold_amount - cumulated.sales_amount < summed.receivable_amount
        ) as dso_days,
        min(
            30 * cumulated.period_no
            + 30 * (summed.receivable_amount - summed.overdue_amount - cumulated.sold_amount + cumulated.sales_amount)
            / nullif(cast(cumulated.sales_amount as double), 0)
        ) filter (
            cumulated.sold_amount >= summed.receivable_amount - summed.overdue_amount
            and cumulated.sold_amount - cumulated.sales_amount < summed.receivable_amount - summed.overdue_amount
        ) as best_dso_days
    from summed
    inner join cumulated on summed.customer_id = cumulated.customer_id and summed.is_now = cumulated.is_now
    group by summed.customer_id, summed.is_now

),

-- Amounts that could not be converted leave every figure open.
measured as (

    select
        summed.customer_id,
        summed.is_now,
        summed.invoice_count,
        summed.unconverted_count = 0 as is_whole,
        case when is_whole then summed.receivable_amount end as receivable_amount,
        case when is_whole then summed.overdue_amount end as overdue_amount,
        case when is_whole then summed.credit_sales_amount end as credit_sales_amount,
        case when is_whole then summed.collected_amount end as collected_amount,
        case when is_whole then summed.overdue_1_30_amount end as overdue_1_30_amount,
        case when is_whole then summed.overdue_31_60_amount end as overdue_31_60_amount,
        case when is_whole then summed.overdue_61_90_amount end as overdue_61_90_amount,
        case when is_whole then summed.overdue_over_90_amount end as overdue_over_90_amount,
        case when is_whole and summed.receivable_amount > 0 then countback.dso_days when is_whole then 0 end
            as dso_countback_days,
        case
            when is_whole and summed.receivable_amount - summed.overdue_amount > 0 then countback.best_dso_days
            when is_whole then 0
        end as best_dso_countback_days
    from summed
    left join countback on summed.customer_id = countback.customer_id and summed.is_now = countback.is_now

),

{% set window = figure_default('payment_window_days') %}
figured as (

    select
        measured.*,
        {{ share('measured.overdue_amount', 'measured.receivable_amount') }} as overdue_share,
        cast(
            round(measured.receivable_amount * {{ window }} / nullif(cast(measured.credit_sales_amount as double), 0), 2)
            as decimal(12, 2)
        ) as dso_days,
        cast(
            round(
                (measured.receivable_amount - measured.overdue_amount) * {{ window }}
                / nullif(cast(measured.credit_sales_amount as double), 0), 2
            ) as decimal(12, 2)
        ) as best_dso_days,
        cast(
            round(measured.overdue_amount * {{ window }} / nullif(cast(measured.credit_sales_amount as double), 0), 2)
            as decimal(12, 2)
        ) as mean_delinquent_days,
        {{ share('measured.collected_amount', 'measured.collected_amount + measured.overdue_amount') }} as collection_share
    from measured

),

graded as (

    select
        figured.*,
        -- Nothing sold on credit in the window: the countback says how long the overdue part has been owed.
        coalesce(figured.mean_delinquent_days, round(figured.dso_countback_days - figured.best_dso_countback_days, 2))
            as graded_days,
        cast(
            case
                when figured.is_whole
                    then least(
                        5,
                        case
                            when coalesce(figured.overdue_share, 0) <= {{ figure_default('payment_grade_1_share') }} then 1
                            when figured.overdue_share <= {{ figure_default('payment_grade_2_share') }} then 2
                            when figured.overdue_share <= {{ figure_default('payment_grade_3_share') }} then 3
                            when figured.overdue_share <= {{ figure_default('payment_grade_4_share') }} then 4
                            else 5
                        end
                        + case when graded_days > {{ figure_default('delinquent_limit_days') }} then 1 else 0 end
                    )
            end as bigint
        ) as payment_grade
    from figured

)

select
    present.customer_id,
    present.invoice_count,
    present.receivable_amount,
    present.overdue_amount,
    present.receivable_amount - present.overdue_amount as current_amount,
    present.overdue_1_30_amount,
    present.overdue_31_60_amount,
    present.overdue_61_90_amount,
    present.overdue_over_90_amount,
    present.credit_sales_amount,
    present.collected_amount,
    present.overdue_share,
    present.dso_days,
    present.best_dso_days,
    present.mean_delinquent_days,
    cast(round(present.dso_countback_days, 2) as decimal(12, 2)) as dso_countback_days,
    present.collection_share,
    present.payment_grade,
    earlier.payment_grade as earlier_payment_grade
from graded as present
left join graded as earlier on present.customer_id = earlier.customer_id and not earlier.is_now
where present.is_now
