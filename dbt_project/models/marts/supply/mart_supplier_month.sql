with

periods as (

    select * from {{ ref('int_supplier_period') }}
    where is_month

),

months as (

    select
        firsts.supplier_id,
        cast(unnest(generate_series(firsts.first_on, {{ as_of_on() }}, interval 1 month)) as date) as period_on
    from (
        select
            supplier_id,
            min(period_on) as first_on
        from periods
        group by supplier_id
    ) as firsts

)

select
    months.supplier_id || '/' || strftime(months.period_on, '%Y-%m') as supplier_month_id,
    months.supplier_id,
    months.period_on,
    coalesce(periods.due_line_count, 0) as due_line_count,
    coalesce(periods.otif_line_count, 0) as otif_line_count,
    periods.otif_share,
    periods.otif_requested_share,
    periods.otif_window_share,
    periods.padding_share,
    coalesce(periods.receipt_count, 0) as receipt_count,
    coalesce(periods.late_receipt_count, 0) as late_receipt_count,
    periods.on_time_share,
    coalesce(periods.lead_time_count, 0) as lead_time_count,
    periods.lead_time_reliable_share,
    periods.rejected_ppm,
    periods.mean_late_days,
    periods.price_index,
    periods.mean_response_days,
    periods.otif_points,
    periods.on_time_points,
    periods.lead_time_points,
    periods.quality_points,
    periods.price_points,
    periods.response_points,
    periods.score,
    periods.score_rank,
    coalesce(periods.missing_parts, 'otif,on_time,lead_time,quality,price,response') as missing_parts,
    coalesce(periods.state_code, 'no_data') as state_code,
    last_day(months.period_on) <= {{ as_of_on() }} as is_whole_month
from months
left join periods on months.supplier_id = periods.supplier_id and months.period_on = periods.period_on
