{#-
    Each line counts for the month it was promised for, each receipt for the month it came in. Three groupings at
    once: all there ever was, each month, and the last twelve months beside the twelve before them.
-#}
with

suppliers as (

    select * from {{ ref('dim_supplier') }}

),

purchase_lines as (

    select
        *,
        case
            when promised_on > {{ as_of_on() }} then null
            when promised_on > {{ as_of_on() }} - interval 12 month then 'recent'
            when promised_on > {{ as_of_on() }} - interval 24 month then 'earlier'
        end as window_code
    from {{ ref('fct_purchase_line') }}
    where not is_cancelled

),

receipt_lines as (

    select
        *,
        case
            when received_on > {{ as_of_on() }} - interval 12 month then 'recent'
            when received_on > {{ as_of_on() }} - interval 24 month then 'earlier'
        end as window_code
    from {{ ref('fct_receipt_line') }}
    where supplier_id is not null

),

line_measures as (

    select
        supplier_id,
        case
            when grouping(due_month_on) = 0 then strftime(due_month_on, '%Y-%m')
            when grouping(window_code) = 0 then window_code
            else 'all'
        end as period_code,
        grouping(due_month_on) = 0 as is_month,
        due_month_on as period_on,
        count(*) as purchase_line_count,
        {{ whole_sum('line_reporting_amount', 'line_amount') }} as purchase_amount,
        count(*) filter (is_due) as due_line_count,
        count(*) filter (is_otif) as otif_line_count,
        count(*) filter (is_open_overdue) as open_overdue_line_count,
        count(is_otif_requested) as requested_line_count,
        count(*) filter (is_otif_requested) as otif_requested_line_count,
        count(is_otif_window) as window_line_count,
        count(*) filter (is_otif_window) as otif_window_line_count,
        count(is_otif_current) as current_line_count,
        count(*) filter (is_otif_current) as otif_current_line_count,
        count(*) filter (is_otif is not null and is_otif_requested is not null) as padding_line_count,
        count(*) filter (is_otif and is_otif_requested is not null)
        - count(*) filter (is_otif_requested and is_otif is not null) as padding_gap_count,
        count(padding_days) as padding_days_count,
        sum(padding_days) as padding_days,
        sum(quantity_late_days) as quantity_late_days,
        -- The quantity behind the piece-days: what came, and what is still missing.
        sum(quantity_due) filter (is_due) as quantity_due,
        count(list_reporting_amount) as priced_line_count,
        sum(line_reporting_amount) filter (list_reporting_amount is not null) as listed_paid_amount,
        sum(list_reporting_amount) filter (line_reporting_amount is not null) as listed_amount,
        sum(line_reporting_amount) filter (usual_reporting_amount is not null) as usual_paid_amount,
        sum(usual_reporting_amount) filter (line_reporting_amount is not null) as usual_amount,
        count(response_days) as response_count,
        sum(response_days) as response_days
    from purchase_lines
    group by grouping sets ((supplier_id), (supplier_id, due_month_on), (supplier_id, window_code))

),

receipt_measures as (

    select
        supplier_id,
        case
            when grouping(received_month_on) = 0 then strftime(received_month_on, '%Y-%m')
            when grouping(window_code) = 0 then window_code
            else 'all'
        end as period_code,
        grouping(received_month_on) = 0 as is_month,
        received_month_on as period_on,
        count(*) as receipt_count,
        count(days_late) as dated_receipt_count,
        count(*) filter (is_late) as late_receipt_count,
        min(received_on) as first_received_on,
        max(received_on) as last_received_on,
        cast(round(quantile_cont(lead_time_days, 0.5), 2) as decimal(12, 2)) as lead_time_p50_days,
        cast(round(quantile_cont(lead_time_days, 0.9), 2) as decimal(12, 2)) as lead_time_p90_days,
        count(lead_time_days) as lead_time_known_count,
        sum(lead_time_days) as lead_time_sum,
        sum(lead_time_days * lead_time_days) as lead_time_square_sum,
        count(lead_time_gap_days) as lead_time_count,
        count(*) filter (is_lead_time_kept) as lead_time_kept_count,
        cast(sum(quantity_received) as decimal(18, 3)) as quantity_received,
        cast(sum(quantity_rejected) as decimal(18, 3)) as quantity_rejected,
        sum(quantity_inspected) as quantity_inspected
    from receipt_lines
    group by grouping sets ((supplier_id), (supplier_id, received_month_on), (supplier_id, window_code))

),

weights as (

    select
        max(weight) filter (part = 'otif') as otif_weight,
        max(weight) filter (part = 'on_time') as on_time_weight,
        max(weight) filter (part = 'lead_time') as lead_time_weight,
        max(weight) filter (part = 'quality') as quality_weight,
        max(weight) filter (part = 'price') as price_weight,
        max(weight) filter (part = 'response') as response_weight,
        max(version) as weights_version
    from {{ ref('scorecard_weight') }}

),

joined as (

    select
        coalesce(line_measures.supplier_id, receipt_measures.supplier_id) as supplier_id,
        coalesce(line_measures.period_code, receipt_measures.period_code) as period_code,
        coalesce(line_measures.is_month, receipt_measures.is_month) as is_month,
        coalesce(line_measures.period_on, receipt_measures.period_on) as period_on,
        line_measures.* exclude (supplier_id, period_code, is_month, period_on),
        receipt_measures.* exclude (supplier_id, period_code, is_month, period_on)
    from (select * from line_measures where period_code is not null) as line_measures
    full outer join (select * from receipt_measures where period_code is not null) as receipt_measures
        on
            line_measures.supplier_id = receipt_measures.supplier_id
            and line_measures.period_code = receipt_measures.period_code

),

-- Every supplier has a row for the whole, also one that never did anything.
periods as (

    select * from joined
    where period_on is null or period_on <= {{ as_of_on() }}
    union all by name
    select
        suppliers.supplier_id,
        'all' as period_code,
        false as is_month
    from suppliers
    anti join joined on suppliers.supplier_id = joined.supplier_id and joined.period_code = 'all'

),

measured as (

    select
        supplier_id,
        period_code,
        is_month,
        period_on,
        coalesce(purchase_line_count, 0) as purchase_line_count,
        purchase_amount,
        coalesce(due_line_count, 0) as due_line_count,
        coalesce(otif_line_count, 0) as otif_line_count,
        {{ share('otif_line_count', 'due_line_count') }} as otif_share,
        {{ share('otif_requested_line_count', 'requested_line_count') }} as otif_requested_share,
        {{ share('otif_window_line_count', 'window_line_count') }} as otif_window_share,
        {{ share('otif_current_line_count', 'current_line_count') }} as otif_current_share,
        {{ share('padding_gap_count', 'padding_line_count') }} as padding_share,
        cast(round(padding_days / nullif(cast(padding_days_count as double), 0), 2) as decimal(12, 2)) as padding_days,
        coalesce(open_overdue_line_count, 0) as open_overdue_line_count,
        coalesce(receipt_count, 0) as receipt_count,
        coalesce(late_receipt_count, 0) as late_receipt_count,
        coalesce(dated_receipt_count, 0) as dated_receipt_count,
        {{ share('(dated_receipt_count - late_receipt_count)', 'dated_receipt_count') }} as on_time_share,
        first_received_on,
        last_received_on,
        coalesce(lead_time_count, 0) as lead_time_count,
        lead_time_p50_days,
        lead_time_p90_days,
        lead_time_p90_days - lead_time_p50_days as lead_time_spread_days,
        -- Sample deviation / mean, from whole numbers so that the order of the rows moves nothing.
        cast(
            round(
                sqrt(
                    (lead_time_square_sum - lead_time_sum * lead_time_sum / cast(lead_time_known_count as double))
                    / nullif(lead_time_known_count - 1, 0)
                ) / nullif(lead_time_sum / cast(lead_time_known_count as double), 0), 4
            ) as decimal(12, 4)
        ) as lead_time_variation,
        {{ share('lead_time_kept_count', 'lead_time_count') }} as lead_time_reliable_share,
        quantity_received,
        quantity_rejected,
        cast(round(quantity_rejected / nullif(cast(quantity_inspected as double), 0) * 1000000, 2) as decimal(18, 2))
            as rejected_ppm,
        cast(round(quantity_late_days / nullif(cast(quantity_due as double), 0), 2) as decimal(12, 2))
            as mean_late_days,
        coalesce(priced_line_count, 0) as priced_line_count,
        cast(round(listed_paid_amount / nullif(cast(listed_amount as double), 0), 4) as decimal(12, 4)) as price_index,
        cast(round(usual_paid_amount / nullif(cast(usual_amount as double), 0), 4) as decimal(12, 4))
            as usual_price_index,
        coalesce(response_count, 0) as response_count,
        cast(round(response_days / nullif(cast(response_count as double), 0), 2) as decimal(12, 2))
            as mean_response_days
    from periods

),

pointed as (

    select
        measured.*,
        weights.*,
        cast(100 * measured.otif_share as decimal(5, 2)) as otif_points,
        cast(100 * measured.on_time_share as decimal(5, 2)) as on_time_points,
        cast(100 * measured.lead_time_reliable_share as decimal(5, 2)) as lead_time_points,
        {{ points('measured.rejected_ppm', figure_default('rejected_zero_ppm'), '0') }} as quality_points,
        {{ points('measured.price_index', figure_default('price_zero_index'), figure_default('price_full_index')) }}
            as price_points,
        {{
            points('measured.mean_response_days', figure_default('response_zero_days'),
            figure_default('response_full_days'))
        }} as response_points
    from measured
    cross join weights

),

weighed as (

    select
        pointed.*,
        coalesce(otif_points * otif_weight, 0)
        + coalesce(on_time_points * on_time_weight, 0)
        + coalesce(lead_time_points * lead_time_weight, 0)
        + coalesce(quality_points * quality_weight, 0)
        + coalesce(price_points * price_weight, 0)
        + coalesce(response_points * response_weight, 0) as weighted_points,
        case when otif_points is null then 0 else coalesce(otif_weight, 0) end
        + case when on_time_points is null then 0 else coalesce(on_time_weight, 0) end
        + case when lead_time_points is null then 0 else coalesce(lead_time_weight, 0) end
        + case when quality_points is null then 0 else coalesce(quality_weight, 0) end
        + case when price_points is null then 0 else coalesce(price_weight, 0) end
        + case when response_points is null then 0 else coalesce(response_weight, 0) end as used_weight
    from pointed

),

scored as (

    select
        weighed.*,
        -- A price or an answer alone is no delivery: nothing due and nothing received is no data.
        case
            when due_line_count > 0 or receipt_count > 0
                then cast(round(weighted_points / nullif(cast(used_weight as double), 0), 2) as decimal(5, 2))
        end as score,
        concat_ws(
            ',',
            case when otif_points is null then 'otif' end,
            case when on_time_points is null then 'on_time' end,
            case when lead_time_points is null then 'lead_time' end,
            case when quality_points is null then 'quality' end,
            case when price_points is null then 'price' end,
            case when response_points is null then 'response' end
        ) as missing_parts
    from weighed

)

select
    supplier_id || '/' || period_code as supplier_period_id,
    scored.* exclude (weighted_points, used_weight),
    case when score is not null then rank() over (partition by period_code, score is null order by score desc) end
        as score_rank,
    case
        when score is null then 'no_data'
        when missing_parts = '' then 'scored'
        else 'partial'
    end as state_code
from scored
