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

newest as (

    select max(last_read_at) as read_at from hours

),

last_values as (

    select
        hours.device_id,
        devices.site_id,
        hours.metric_code,
        max(hours.last_read_at) as last_read_at,
        max_by(hours.value_last, hours.last_read_at) as value_last
    from hours
    inner join devices on hours.device_id = devices.device_id
    group by hours.device_id, devices.site_id, hours.metric_code

),

sites as (

    select
        site_id,
        metric_code,
        max(last_read_at) as last_read_at
    from last_values
    group by site_id, metric_code

),

-- Devices of a site often report at the same moment: the first of them by id is shown then, whatever order rows lie in.
latest as (

    select
        site_id,
        metric_code,
        value_last,
        row_number() over (partition by site_id, metric_code order by last_read_at desc, device_id) as place
    from last_values

),

-- The last 24 hours are those before the site's own newest reading: a silent site shows what it last knew.
last_day as (

    select
        sites.site_id,
        sites.metric_code,
        count(distinct hours.device_id) as device_count,
        sum(hours.reading_count) as reading_count,
        {{ exact_sum('hours.value_mean * hours.reading_count') }} / sum(hours.reading_count) as value_mean,
        min(hours.value_min) as value_min,
        max(hours.value_max) as value_max
    from sites
    inner join devices on sites.site_id = devices.site_id
    inner join hours
        on
            devices.device_id = hours.device_id
            and sites.metric_code = hours.metric_code
            and sites.last_read_at - interval '24' hour < hours.last_read_at
    group by sites.site_id, sites.metric_code

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
        and latest.place = 1
cross join newest
