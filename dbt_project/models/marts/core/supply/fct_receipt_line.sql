{#-
    Incremental by run, not by clock: a receipt is built again when its own run, or the run of the purchase line or
    order it is measured against, is not the one it was built from. `_run_id` holds the three, in this order.
-#}
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='receipt_id', on_schema_change='fail') }}

with

receipts as (

    select * from {{ ref('stg_erp__receipts') }}

),

purchase_lines as (

    select * from {{ ref('stg_erp__purchase_lines') }}

),

purchase_orders as (

    select * from {{ ref('stg_erp__purchase_orders') }}

),

{% if is_incremental() %}
built as (

    select * from {{ this }}

),

receipt_runs as (

    select distinct split_part(_run_id, ' ', 1) as run_id from built

),

line_runs as (

    select distinct split_part(_run_id, ' ', 2) as run_id from built

),

order_runs as (

    select distinct split_part(_run_id, ' ', 3) as run_id from built

),

changed as (

    select receipts.receipt_id
    from receipts
    anti join receipt_runs on receipts._run_id = receipt_runs.run_id
    union
    select receipts.receipt_id
    from receipts
    inner join purchase_lines
        on
            receipts.purchase_order_id = purchase_lines.purchase_order_id
            and receipts.line_no = purchase_lines.line_no
    anti join line_runs on purchase_lines._run_id = line_runs.run_id
    union
    select receipts.receipt_id
    from receipts
    inner join purchase_orders on receipts.purchase_order_id = purchase_orders.purchase_order_id
    anti join order_runs on purchase_orders._run_id = order_runs.run_id

),

{% endif %}
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
        receipts.quantity_received,
        coalesce(
            receipts.quantity_accepted, receipts.quantity_received - coalesce(receipts.quantity_rejected, 0)
        ) as quantity_accepted,
        -- NULL when nobody inspected: an unknown reject is not a good piece.
        coalesce(receipts.quantity_rejected, receipts.quantity_received - receipts.quantity_accepted)
            as quantity_rejected,
        purchase_lines.quoted_lead_time_days,
        concat(receipts._run_id, ' ', purchase_lines._run_id, ' ', purchase_orders._run_id) as _run_id,
        greatest(receipts._loaded_at, purchase_lines._loaded_at, purchase_orders._loaded_at) as _loaded_at
    from receipts
    left join purchase_lines
        on
            receipts.purchase_order_id = purchase_lines.purchase_order_id
            and receipts.line_no = purchase_lines.line_no
    left join purchase_orders on receipts.purchase_order_id = purchase_orders.purchase_order_id
    {% if is_incremental() %}
    semi join changed on receipts.receipt_id = changed.receipt_id
    {% endif %}

)

select
    joined.* exclude (_run_id, _loaded_at),
    date_diff('day', joined.promised_on, joined.received_on) as days_late,
    coalesce(joined.received_on > joined.promised_on, false) as is_late,
    date_diff('day', joined.ordered_on, joined.received_on) as lead_time_days,
    joined._run_id,
    joined._loaded_at
from joined
