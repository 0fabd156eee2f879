with

hours as {{ inlined() }} (

    select * from {{ ref('int_reading_hour') }}

),

devices as (

    select
        device_id,
        site_id
    from {{ ref('stg_iot__devices') }}
    where site_id is not null

),

last_reads as (

    select
        device_id,
        metric_code,
        max(last_read_at) as last_read_at
    from hours
    group by device_id, metric_code

),

newest as (

    select max(last_read_at) as read_at from last_reads

),

sites as (

    select
        devices.site_id,
        last_reads.metric_code,
        max(last_reads.last_read_at) as last_read_at
    from last_reads
    inner join devices on last_reads.device_id = devices.device_id
    group by devices.site_id, last_reads.metric_code

),

site_hours as (

    select
        sites.site_id,
        sites.metric_code,
        sites.last_read_at as site_read_at,
        hours.device_id,
        hours.last_read_at,
        hours.value_last,
        hours.reading_count,
        hours.value_mean,
        hours.value_min,
        hours.value_max
    from sites
    inner join devices on sites.site_id = devices.site_id
    inner join hours
        on
            devices.device_id = hours.device_id
            and sites.metric_code = hours.metric_code
            -- The last 24 hours are those before the site's own newest reading: a silent site shows what it last knew.
            and sites.last_read_at - interval '24' hour < hours.last_read_at

),

-- Devices of a site often report at the same moment: the first of them by id is shown then, whatever order rows lie in.
latest as (

    select
        site_id,
        metric_code,
        min_by(value_last, device_id) as value_last
    from site_hours
    where last_read_at = site_read_at
    group by site_id, metric_code

),

last_day as (

    select
        site_id,
        metric_code,
        count(distinct device_id) as device_count,
        sum(reading_count) as reading_count,
        {{ exact_sum('value_mean * reading_count') }} / sum(reading_count) as value_mean,
        min(value_min) as value_min,
        max(value_max) as value_max
    from site_hours
    group by site_id, metric_code

)

select
    sites.site_id,
    sites.metric_code,
    sites.last_read_at,
    last_day.device_count,
    cast(last_day.reading_count as bigint) as reading_count_24h,
    latest.value_last,
    round(last_day.value_mean, 4) as value_mean_24h,
    last_day.value_min as value_min_24h,
    last_day.value_max as value_max_24h,
    newest.read_at - interval '24' hour < sites.last_read_at as is_reporting
from sites
inner join last_day
    on
        sites.site_id = last_day.site_id
        and sites.metric_code = last_day.metric_code
inner join latest
    on
        sites.site_id = latest.site_id
        and sites.metric_code = latest.metric_code
cross join newest
