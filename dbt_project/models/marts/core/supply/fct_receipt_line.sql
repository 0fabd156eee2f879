with

receipts as (

    select * from {{ ref('stg_erp__receipts') }}
    -- What came, or was written down, after the business date is not known yet.
    where greatest(received_on, coalesce(recorded_on, received_on)) <= {{ as_of_on() }}

),

purchase_lines as (

    select * from {{ ref('stg_erp__purchase_lines') }}

),

purchase_orders as (

    select * from {{ ref('stg_erp__purchase_orders') }}

),

suppliers as (

    select * from {{ ref('dim_supplier') }}

),

joined as (

    select
        receipts.receipt_id,
        receipts.purchase_order_id,
        receipts.line_no,
        receipts.purchase_order_id || '/' || receipts.line_no as purchase_line_id,
        coalesce(receipts.supplier_id, purchase_lines.supplier_id) as supplier_id,
        purchase_lines.product_id,
        purchase_orders.project_id,
        receipts.warehouse_id,
        purchase_orders.ordered_on,
        coalesce(purchase_lines.requested_on, purchase_orders.requested_on) as requested_on,
        coalesce(purchase_lines.promised_on, purchase_orders.promised_on) as promised_on,
        receipts.received_on,
        receipts.recorded_on,
        receipts.quantity_received,
        coalesce(
            receipts.quantity_accepted, receipts.quantity_received - coalesce(receipts.quantity_rejected, 0)
        ) as quantity_accepted,
        -- NULL when nobody inspected: an unknown reject is not a good piece.
        coalesce(receipts.quantity_rejected, receipts.quantity_received - receipts.quantity_accepted)
            as quantity_rejected,
        purchase_lines.quoted_lead_time_days
    from receipts
    left join purchase_lines
        on
            receipts.purchase_order_id = purchase_lines.purchase_order_id
            and receipts.line_no = purchase_lines.line_no
    left join purchase_orders on receipts.purchase_order_id = purchase_orders.purchase_order_id

),

timed as (

    select
        joined.* exclude (quoted_lead_time_days),
        coalesce(joined.quoted_lead_time_days, suppliers.quoted_lead_time_days) as quoted_lead_time_days,
        -- Goods that came before they were ordered were ordered afterwards, on paper: that is no lead time.
        case
            when joined.received_on >= joined.ordered_on then date_diff('day', joined.ordered_on, joined.received_on)
        end as lead_time_days
    from joined
    left join suppliers on joined.supplier_id = suppliers.supplier_id

)

select
    timed.receipt_id,
    timed.purchase_line_id,
    timed.purchase_order_id,
    timed.line_no,
    timed.supplier_id,
    timed.product_id,
    timed.project_id,
    timed.warehouse_id,
    timed.ordered_on,
    timed.requested_on,
    timed.promised_on,
    timed.received_on,
    cast(date_trunc('month', timed.received_on) as date) as received_month_on,
    timed.recorded_on,
    timed.quantity_received,
    -- More rejected than came, or more accepted: neither is less than nothing.
    cast(case when timed.quantity_accepted < 0 then 0 else timed.quantity_accepted end as decimal(18, 3))
        as quantity_accepted,
    cast(case when timed.quantity_rejected is not null then timed.quantity_received end as decimal(18, 3))
        as quantity_inspected,
    cast(case when timed.quantity_rejected < 0 then 0 else timed.quantity_rejected end as decimal(18, 3))
        as quantity_rejected,
    timed.quoted_lead_time_days,
    timed.lead_time_days,
    timed.lead_time_days - timed.quoted_lead_time_days as lead_time_gap_days,
    abs(timed.lead_time_days - timed.quoted_lead_time_days) <= {{ figure_default('lead_time_tolerance_days') }}
        as is_lead_time_kept,
    date_diff('day', timed.promised_on, timed.received_on) as days_late,
    coalesce(timed.received_on > timed.promised_on, false) as is_late
from timed
