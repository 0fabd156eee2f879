with

suppliers as (

    select * from {{ ref('dim_supplier') }}

),

periods as (

    select * from {{ ref('int_supplier_period') }}

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

trends as (

    select
        supplier_id,
        max(score) filter (period_code = 'recent') as recent_score,
        max(score) filter (period_code = 'earlier') as earlier_score,
        max(otif_share) filter (period_code = 'recent') as recent_otif_share
    from periods
    where period_code in ('recent', 'earlier')
    group by supplier_id

)

select
    suppliers.supplier_id,
    suppliers.name as supplier_name,
    suppliers.category_code,
    suppliers.country_code,
    suppliers.region_code,
    suppliers.city,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    whole.purchase_line_count,
    whole.purchase_amount,
    whole.due_line_count,
    whole.otif_line_count,
    whole.otif_share,
    whole.otif_requested_share,
    whole.otif_window_share,
    whole.otif_current_share,
    whole.padding_share,
    whole.padding_days,
    whole.open_overdue_line_count,
    whole.receipt_count,
    whole.late_receipt_count,
    whole.dated_receipt_count,
    whole.on_time_share,
    whole.first_received_on,
    whole.last_received_on,
    whole.lead_time_count,
    whole.lead_time_p50_days,
    whole.lead_time_p90_days,
    whole.lead_time_spread_days,
    whole.lead_time_variation,
    whole.lead_time_reliable_share,
    whole.quantity_received,
    whole.quantity_rejected,
    whole.rejected_ppm,
    whole.mean_late_days,
    whole.priced_line_count,
    whole.price_index,
    whole.usual_price_index,
    whole.response_count,
    whole.mean_response_days,
    coalesce(deliveries.delivery_count, 0) as delivery_count,
    coalesce(deliveries.late_delivery_count, 0) as late_delivery_count,
    {{ share('(deliveries.delivery_count - deliveries.late_delivery_count)', 'deliveries.delivery_count') }}
        as delivery_on_time_share,
    whole.otif_points,
    whole.on_time_points,
    whole.lead_time_points,
    whole.quality_points,
    whole.price_points,
    whole.response_points,
    whole.score,
    whole.score_rank,
    trends.recent_score,
    trends.earlier_score,
    trends.recent_otif_share,
    trends.recent_score - trends.earlier_score as score_trend_points,
    case
        when trends.recent_score is null or trends.earlier_score is null then 'no_data'
        when trends.recent_score - trends.earlier_score >= {{ figure_default('score_trend_points') }} then 'better'
        when trends.recent_score - trends.earlier_score <= -{{ figure_default('score_trend_points') }} then 'worse'
        else 'same'
    end as trend_code,
    -- Did the score of the year before say who would deliver on time in this one? Of three suppliers on.
    case
        when count(trends.earlier_score + trends.recent_otif_share) over () >= 3
            then cast(
                round(corr(cast(trends.earlier_score as double), cast(trends.recent_otif_share as double)) over (), 4)
                as decimal(9, 4)
            )
    end as score_foresight,
    whole.missing_parts,
    whole.state_code,
    whole.weights_version
from suppliers
inner join periods as whole on suppliers.supplier_id = whole.supplier_id and whole.period_code = 'all'
left join trends on suppliers.supplier_id = trends.supplier_id
left join deliveries on suppliers.supplier_id = deliveries.supplier_id
