with

due_lines as (

    select
        supplier_id,
        cast(date_trunc('month', promised_on) as date) as period_on,
        count(*) as due_line_count,
        count(*) filter (is_otif) as otif_line_count
    from {{ ref('fct_purchase_line') }}
    where is_due
    group by supplier_id, cast(date_trunc('month', promised_on) as date)

),

receipts as (

    select
        supplier_id,
        cast(date_trunc('month', received_on) as date) as period_on,
        count(*) as receipt_count,
        count(*) filter (is_late) as late_receipt_count
    from {{ ref('fct_receipt_line') }}
    where received_on <= {{ as_of_on() }} and supplier_id is not null
    group by supplier_id, cast(date_trunc('month', received_on) as date)

),

first_months as (

    select
        either.supplier_id,
        min(either.period_on) as first_on
    from (
        select supplier_id, period_on from due_lines
        union all
        select supplier_id, period_on from receipts
    ) as either
    group by either.supplier_id

),

months as (

    select
        first_months.supplier_id,
        cast(unnest(generate_series(first_months.first_on, {{ as_of_on() }}, interval 1 month)) as date) as period_on
    from first_months

)

select
    months.supplier_id || '/' || strftime(months.period_on, '%Y-%m') as supplier_month_id,
    months.supplier_id,
    months.period_on,
    coalesce(due_lines.due_line_count, 0) as due_line_count,
    coalesce(due_lines.otif_line_count, 0) as otif_line_count,
    {{ share('due_lines.otif_line_count', 'due_lines.due_line_count') }} as otif_share,
    coalesce(receipts.receipt_count, 0) as receipt_count,
    coalesce(receipts.late_receipt_count, 0) as late_receipt_count,
    last_day(months.period_on) <= {{ as_of_on() }} as is_whole_month
from months
left join due_lines on months.supplier_id = due_lines.supplier_id and months.period_on = due_lines.period_on
left join receipts on months.supplier_id = receipts.supplier_id and months.period_on = receipts.period_on
