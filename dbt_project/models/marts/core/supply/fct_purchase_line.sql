with

purchase_lines as (

    select * from {{ ref('stg_erp__purchase_lines') }}

),

purchase_orders as (

    select * from {{ ref('stg_erp__purchase_orders') }}

),

receipts as (

    select * from {{ ref('fct_receipt_line') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

ordered as (

    select
        purchase_lines.purchase_order_id || '/' || purchase_lines.line_no as purchase_line_id,
        purchase_lines.purchase_order_id,
        purchase_lines.line_no,
        purchase_lines.supplier_id,
        purchase_orders.project_id,
        purchase_lines.milestone_id,
        purchase_lines.product_id,
        purchase_orders.ordered_on,
        coalesce(purchase_lines.requested_on, purchase_orders.requested_on) as requested_on,
        coalesce(purchase_lines.promised_on, purchase_orders.promised_on) as promised_on,
        purchase_lines.current_promised_on,
        purchase_lines.quantity,
        coalesce(
            purchase_lines.line_amount,
            cast(purchase_lines.quantity * purchase_lines.unit_price_amount as decimal(18, 2))
        ) as line_amount,
        coalesce(purchase_lines.currency_code, purchase_orders.currency_code) as currency_code,
        coalesce(purchase_orders.status_code in ('draft', 'cancelled'), false) as is_cancelled,
        -- The promise is kept up to this day; what arrives later is late.
        coalesce(purchase_lines.promised_on, purchase_orders.promised_on)
        + cast({{ figure_default('otif_tolerance_days') }} as integer) as last_good_on,
        purchase_lines.quantity * (1 - {{ figure_default('otif_tolerance_share') }}) as quantity_required
    from purchase_lines
    left join purchase_orders on purchase_lines.purchase_order_id = purchase_orders.purchase_order_id

),

received as (

    select
        ordered.purchase_line_id,
        count(*) as receipt_count,
        sum(receipts.quantity_received) as quantity_received,
        sum(receipts.quantity_accepted) as quantity_accepted,
        coalesce(sum(receipts.quantity_accepted) filter (receipts.received_on <= ordered.last_good_on), 0)
            as quantity_accepted_in_time,
        sum(receipts.quantity_accepted * greatest(coalesce(receipts.days_late, 0), 0)) as quantity_late_days,
        max(receipts.received_on) as last_received_on
    from ordered
    inner join receipts on ordered.purchase_line_id = receipts.purchase_line_id
    group by ordered.purchase_line_id

),

measured as (

    select
        ordered.*,
        coalesce(received.receipt_count, 0) as receipt_count,
        cast(coalesce(received.quantity_received, 0) as decimal(18, 3)) as quantity_received,
        cast(coalesce(received.quantity_accepted, 0) as decimal(18, 3)) as quantity_accepted,
        cast(coalesce(received.quantity_accepted_in_time, 0) as decimal(18, 3)) as quantity_accepted_in_time,
        cast(greatest(ordered.quantity - coalesce(received.quantity_accepted, 0), 0) as decimal(18, 3))
            as quantity_open,
        cast(coalesce(received.quantity_late_days, 0) as decimal(18, 3)) as received_late_days,
        received.last_received_on,
        not ordered.is_cancelled and coalesce(ordered.last_good_on < {{ as_of_on() }}, false) as is_due
    from ordered
    left join received on ordered.purchase_line_id = received.purchase_line_id

)

select
    measured.purchase_line_id,
    measured.purchase_order_id,
    measured.line_no,
    measured.supplier_id,
    measured.project_id,
    measured.milestone_id,
    measured.product_id,
    measured.ordered_on,
    measured.requested_on,
    measured.promised_on,
    measured.current_promised_on,
    measured.last_received_on,
    measured.quantity,
    measured.receipt_count,
    measured.quantity_received,
    measured.quantity_accepted,
    measured.quantity_accepted_in_time,
    measured.quantity_open,
    measured.line_amount,
    measured.currency_code,
    {{ converted('measured.line_amount', 'measured.currency_code', 'rates.rate') }} as line_reporting_amount,
    measured.is_cancelled,
    measured.is_due,
    case when measured.is_due then measured.quantity_accepted_in_time >= measured.quantity_required end as is_otif,
    measured.is_due and measured.quantity_accepted < measured.quantity_required as is_open_overdue,
    -- Piece-days late of a line that is due: what came late, and what is missing up to the business date.
    case
        when measured.is_due
            then cast(
                measured.received_late_days
                + measured.quantity_open * date_diff('day', measured.promised_on, {{ as_of_on() }})
                as decimal(18, 3)
            )
    end as quantity_late_days
from measured
asof left join rates on measured.currency_code = rates.currency_code and measured.ordered_on >= rates.rate_on
