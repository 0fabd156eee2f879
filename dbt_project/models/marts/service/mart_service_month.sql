with

finished as (

    select
        service_month_id,
        finished_month_on as period_on,
        region_code,
        count(*) as finished_order_count,
        count(*) filter (is_rated) as rated_order_count,
        count(*) filter (is_rework) as rework_order_count
    from {{ ref('fct_work_order') }}
    where is_finished
    group by all

),

due as (

    select
        {{ service_month_id('due_on', 'region_code') }} as service_month_id,
        due_month_on as period_on,
        region_code,
        count(*) as sla_due_count,
        count(*) filter (is_sla_met) as sla_met_count
    from {{ ref('fct_work_order') }}
    where is_sla_due
    group by all

),

ratings as (

    select
        service_month_id,
        rated_month_on as period_on,
        region_code,
        count(*) as rating_count,
        sum(stars) as star_count,
        count(*) filter (is_satisfied) as satisfied_count,
        count(*) filter (is_low) as low_rating_count
    from {{ ref('fct_rating') }}
    where is_current
    group by all

),

complaints as (

    select
        service_month_id,
        received_month_on as period_on,
        region_code,
        count(*) as complaint_count,
        count(*) filter (is_repeat) as repeat_complaint_count,
        count(*) filter (severity_code in ('major', 'critical')) as major_complaint_count
    from {{ ref('fct_complaint') }}
    where is_counted
    group by all

),

inspections as (

    select
        service_month_id,
        inspected_month_on as period_on,
        region_code,
        count(*) as first_inspection_count,
        count(*) filter (is_first_passed) as first_passed_count,
        sum(item_count) as first_item_count,
        sum(failed_count) as first_failed_item_count
    from {{ ref('fct_inspection') }}
    where is_first_held
    group by all

),

sequences as (

    select
        {{ service_month_id('found_on', 'region_code') }} as service_month_id,
        found_month_on as period_on,
        region_code,
        count(*) as rating_sequence_count
    from {{ ref('mart_rating_sequence') }}
    group by all

),

months as (

    {% for events in ('finished', 'due', 'ratings', 'complaints', 'inspections', 'sequences') -%}
    select
        service_month_id,
        period_on,
        region_code
    from {{ events }}
    {% if not loop.last %}union{% endif %}
    {% endfor %}
)

select
    months.service_month_id,
    months.period_on,
    months.region_code,
    {{ as_of_on() }} as as_of_on,
    last_day(months.period_on) <= {{ as_of_on() }} as is_whole_month,
    coalesce(finished.finished_order_count, 0) as finished_order_count,
    coalesce(finished.rework_order_count, 0) as rework_order_count,
    {{ share('finished.rework_order_count', 'finished.finished_order_count') }} as rework_order_share,
    coalesce(due.sla_due_count, 0) as sla_due_count,
    coalesce(due.sla_met_count, 0) as sla_met_count,
    {{ share('due.sla_met_count', 'due.sla_due_count') }} as sla_share,
    coalesce(finished.rated_order_count, 0) as rated_order_count,
    {{ share('finished.rated_order_count', 'finished.finished_order_count') }} as response_share,
    coalesce(ratings.rating_count, 0) as rating_count,
    cast(coalesce(ratings.star_count, 0) as bigint) as star_count,
    cast(round(ratings.star_count / nullif(ratings.rating_count, 0), 2) as decimal(4, 2)) as star_mean,
    coalesce(ratings.satisfied_count, 0) as satisfied_count,
    {{ share('ratings.satisfied_count', 'ratings.rating_count') }} as csat_share,
    coalesce(ratings.low_rating_count, 0) as low_rating_count,
    coalesce(sequences.rating_sequence_count, 0) as rating_sequence_count,
    coalesce(complaints.complaint_count, 0) as complaint_count,
    coalesce(complaints.major_complaint_count, 0) as major_complaint_count,
    coalesce(complaints.repeat_complaint_count, 0) as repeat_complaint_count,
    {{ share('complaints.repeat_complaint_count', 'complaints.complaint_count') }} as repeat_complaint_share,
    cast(
        round(100 * coalesce(complaints.complaint_count, 0) / nullif(cast(finished.finished_order_count as double), 0), 2)
        as decimal(9, 2)
    ) as complaint_rate,
    coalesce(inspections.first_inspection_count, 0) as first_inspection_count,
    coalesce(inspections.first_passed_count, 0) as first_passed_count,
    {{ share('inspections.first_passed_count', 'inspections.first_inspection_count') }} as first_pass_share,
    cast(coalesce(inspections.first_item_count, 0) as bigint) as first_item_count,
    cast(coalesce(inspections.first_failed_item_count, 0) as bigint) as first_failed_item_count
from months
left join finished on months.service_month_id = finished.service_month_id
left join due on months.service_month_id = due.service_month_id
left join ratings on months.service_month_id = ratings.service_month_id
left join complaints on months.service_month_id = complaints.service_month_id
left join inspections on months.service_month_id = inspections.service_month_id
left join sequences on months.service_month_id = sequences.service_month_id
