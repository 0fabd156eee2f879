with

suppliers as (

    select * from {{ ref('dim_supplier') }}

),

purchase_lines as (

    select
        supplier_id,
        count(*) as purchase_line_count,
        {{ whole_sum('line_reporting_amount', 'line_amount') }} as purchase_amount,
        count(*) filter (is_due) as due_line_count,
        count(*) filter (is_otif) as otif_line_count,
        count(*) filter (is_open_overdue) as open_overdue_line_count,
        sum(quantity_late_days) as quantity_late_days,
        -- The quantity behind the piece-days: what came, and what is still missing.
        sum(quantity_accepted + quantity_open) filter (is_due) as quantity_due
    from {{ ref('fct_purchase_line') }}
    where not is_cancelled
    group by supplier_id

),

receipts as (

    select
        receipt.supplier_id,
        count(*) as receipt_count,
        count(receipt.days_late) as dated_receipt_count,
        count(*) filter (receipt.is_late) as late_receipt_count,
        min(receipt.received_on) as first_received_on,
        max(receipt.received_on) as last_received_on,
        cast(round(quantile_cont(receipt.lead_time_days, 0.5), 2) as decimal(12, 2)) as lead_time_p50_days,
        cast(round(quantile_cont(receipt.lead_time_days, 0.9), 2) as decimal(12, 2)) as lead_time_p90_days,
        count(receipt.lead_time_gap_days) as lead_time_count,
        count(*) filter (abs(receipt.lead_time_gap_days) <= {{ figure_default('lead_time_tolerance_days') }})
            as lead_time_reliable_count,
        cast(sum(receipt.quantity_received) as decimal(18, 3)) as quantity_received,
        cast(sum(receipt.quantity_rejected) as decimal(18, 3)) as quantity_rejected,
        sum(receipt.quantity_received) filter (receipt.quantity_rejected is not null) as quantity_inspected
    from (
        select
            receipts.*,
            receipts.lead_time_days - coalesce(receipts.quoted_lead_time_days, suppliers.quoted_lead_time_days)
                as lead_time_gap_days
        from {{ ref('fct_receipt_line') }} as receipts
        left join suppliers on receipts.supplier_id = suppliers.supplier_id
    ) as receipt
    group by receipt.supplier_id

),

deliveries as (

    select
        supplier_id,
        count(days_late) as delivery_count,
        count(*) filter (is_late) as late_delivery_count
    from {{ ref('fct_order_line') }}
    where supplier_id is not null and kind_code = 'sale' and not is_cancelled
    group by supplier_id

),

weights as (

    select
        max(weight) filter (part = 'otif') as otif_weight,
        max(weight) filter (part = 'on_time') as on_time_weight,
        max(weight) filter (part = 'lead_time') as lead_time_weight,
        max(weight) filter (part = 'quality') as quality_weight,
        max(version) as weights_version
    from {{ ref('scorecard_weight') }}

),

measured as (

    select
        suppliers.*,
        coalesce(purchase_lines.purchase_line_count, 0) as purchase_line_count,
        purchase_lines.purchase_amount,
        coalesce(purchase_lines.due_line_count, 0) as due_line_count,
        coalesce(purchase_lines.otif_line_count, 0) as otif_line_count,
        {{ share('purchase_lines.otif_line_count', 'purchase_lines.due_line_count') }} as otif_share,
        coalesce(purchase_lines.open_overdue_line_count, 0) as open_overdue_line_count,
        coalesce(receipts.receipt_count, 0) as receipt_count,
        coalesce(receipts.late_receipt_count, 0) as late_receipt_count,
        coalesce(receipts.dated_receipt_count, 0) as dated_receipt_count,
        {{ share('(receipts.dated_receipt_count - receipts.late_receipt_count)', 'receipts.dated_receipt_count') }}
            as on_time_share,
        receipts.first_received_on,
        receipts.last_received_on,
        coalesce(receipts.lead_time_count, 0) as lead_time_count,
        receipts.lead_time_p50_days,
        receipts.lead_time_p90_days,
        {{ share('receipts.lead_time_reliable_count', 'receipts.lead_time_count') }} as lead_time_reliable_share,
        receipts.quantity_received,
        receipts.quantity_rejected,
        cast(
            round(receipts.quantity_rejected / nullif(cast(receipts.quantity_inspected as double), 0) * 1000000, 2)
            as decimal(18, 2)
        ) as rejected_ppm,
        cast(
            round(purchase_lines.quantity_late_days / nullif(cast(purchase_lines.quantity_due as double), 0), 2)
            as decimal(12, 2)
        ) as mean_late_days,
        coalesce(deliveries.delivery_count, 0) as delivery_count,
        coalesce(deliveries.late_delivery_count, 0) as late_delivery_count,
        {{ share('(deliveries.delivery_count - deliveries.late_delivery_count)', 'deliveries.delivery_count') }}
            as delivery_on_time_share
    from suppliers
    left join purchase_lines on suppliers.supplier_id = purchase_lines.supplier_id
    left join receipts on suppliers.supplier_id = receipts.supplier_id
    left join deliveries on suppliers.supplier_id = deliveries.supplier_id

),

pointed as (

    select
        measured.*,
        weights.*,
        cast(100 * measured.otif_share as decimal(5, 2)) as otif_points,
        cast(100 * measured.on_time_share as decimal(5, 2)) as on_time_points,
        cast(100 * measured.lead_time_reliable_share as decimal(5, 2)) as lead_time_points,
        {{ points('measured.rejected_ppm', figure_default('rejected_zero_ppm'), '0') }} as quality_points,
        case when measured.otif_share is null then 0 else weights.otif_weight end as otif_used,
        case when measured.on_time_share is null then 0 else weights.on_time_weight end as on_time_used,
        case when measured.lead_time_reliable_share is null then 0 else weights.lead_time_weight end as lead_time_used,
        case when measured.rejected_ppm is null then 0 else weights.quality_weight end as quality_used
    from measured
    cross join weights

),

scored as (

    select
        pointed.*,
        cast(
            round(
                (
                    coalesce(pointed.otif_points, 0) * pointed.otif_used
                    + coalesce(pointed.on_time_points, 0) * pointed.on_time_used
                    + coalesce(pointed.lead_time_points, 0) * pointed.lead_time_used
                    + coalesce(pointed.quality_points, 0) * pointed.quality_used
                )
                / nullif(
                    cast(pointed.otif_used + pointed.on_time_used + pointed.lead_time_used + pointed.quality_used as double), 0
                ), 2
            ) as decimal(5, 2)
        ) as score,
        concat_ws(
            ',',
            case when pointed.otif_points is null then 'otif' end,
            case when pointed.on_time_points is null then 'on_time' end,
            case when pointed.lead_time_points is null then 'lead_time' end,
            case when pointed.quality_points is null then 'quality' end
        ) as missing_parts
    from pointed

)

select
    scored.supplier_id,
    scored.name as supplier_name,
    scored.category_code,
    scored.country_code,
    scored.region_code,
    scored.city,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    scored.purchase_line_count,
    scored.purchase_amount,
    scored.due_line_count,
    scored.otif_line_count,
    scored.otif_share,
    scored.open_overdue_line_count,
    scored.receipt_count,
    scored.late_receipt_count,
    scored.dated_receipt_count,
    scored.on_time_share,
    scored.first_received_on,
    scored.last_received_on,
    scored.lead_time_count,
    scored.lead_time_p50_days,
    scored.lead_time_p90_days,
    scored.lead_time_reliable_share,
    scored.quantity_received,
    scored.quantity_rejected,
    scored.rejected_ppm,
    scored.mean_late_days,
    scored.delivery_count,
    scored.late_delivery_count,
    scored.delivery_on_time_share,
    scored.otif_points,
    scored.on_time_points,
    scored.lead_time_points,
    scored.quality_points,
    scored.score,
    case
        when scored.score is not null
            then rank() over (partition by scored.score is null order by scored.score desc)
    end as score_rank,
    scored.missing_parts,
    case
        when scored.score is null then 'no_data'
        when scored.missing_parts = '' then 'scored'
        else 'partial'
    end as state_code,
    scored.weights_version
from scored
