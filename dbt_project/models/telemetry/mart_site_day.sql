{#- Sites under way or reporting, over the days that a site's page shows. -#}
{%- set temperature = "('air_temperature_c', 'room_c', 'temperature_c')" -%}
{%- set humidity = "('humidity_pct', 'relative_humidity_pct')" -%}
with

readings as {{ inlined() }} (

    select * from {{ ref('int_reading_hour') }}

),

device_days as (

    select * from {{ ref('mart_device_day') }}

),

devices as (

    select * from {{ ref('stg_iot__devices') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

sites as (

    select * from {{ ref('stg_ref__sites') }}

),

photos as (

    select * from {{ ref('stg_work__photos') }}

),

context as (

    select
        as_of_on,
        time_zone,
        as_of_on - cast({{ figure_default('device_days') }} as integer) + 1 as first_on
    from {{ source('build', 'build_context') }}

),

days as (

    select each_day.day_on
    from {{ each_day(
        '(select as_of_on - cast(' ~ figure_default('device_days') ~ ' as integer) + 1 from ' ~ source('build', 'build_context') ~ ')',
        as_of_on()
    ) }} as each_day

),

-- Work goes on at a site from the start of a project to its end; of several projects the first names the site.
working as (

    select
        projects.site_id,
        days.day_on,
        min(projects.project_id) as project_id
    from projects
    inner join days
        on
            projects.started_on <= days.day_on
            and days.day_on <= coalesce(projects.finished_on, days.day_on)
    where
        projects.site_id is not null
        and coalesce(projects.status_code, 'active') not in ('planned', 'on_hold', 'cancelled')
        and not (coalesce(projects.status_code, 'active') = 'completed' and projects.finished_on is null)
    group by projects.site_id, days.day_on

),

reported as (

    select
        device_days.site_id,
        device_days.day_on,
        count(*) as device_count,
        sum(device_days.reading_count) as reading_count,
        max(device_days.last_read_at) as last_read_at,
        sum(device_days.energy_kwh) as energy_kwh
    from device_days
    where device_days.is_reporting and device_days.site_id is not null
    group by device_days.site_id, device_days.day_on

),

climate as (

    select
        devices.site_id,
        readings.day_on,
        {% for name, metrics in (('temperature', temperature), ('humidity', humidity)) -%}
        {{ exact_sum('case when readings.metric_code in ' ~ metrics ~ ' then readings.value_mean * readings.reading_count end') }}
        / nullif(sum(case when readings.metric_code in {{ metrics }} then readings.reading_count end), 0) as {{ name }},
        {% endfor -%}
        min(case when readings.metric_code in {{ temperature }} then readings.value_min end) as temperature_min,
        max(case when readings.metric_code in {{ temperature }} then readings.value_max end) as temperature_max
    from readings
    inner join context on readings.day_on between context.first_on and context.as_of_on
    inner join devices on readings.device_id = devices.device_id
    where
        devices.site_id is not null
        and (readings.metric_code in {{ temperature }} or readings.metric_code in {{ humidity }})
    group by devices.site_id, readings.day_on

),

taken as (

    select
        coalesce(photos.site_id, projects.site_id) as site_id,
        photos.photo_id,
        photos.file_path,
        photos.taken_at,
        {{ local_date('photos.taken_at', 'context.time_zone') }} as taken_on
    from photos
    cross join context
    left join projects on photos.project_id = projects.project_id
    where {{ local_date('photos.taken_at', 'context.time_zone') }} <= context.as_of_on

),

photo_days as (

    select
        taken.*,
        count(*) over (partition by taken.site_id, taken.taken_on) as photo_count,
        row_number() over (partition by taken.site_id, taken.taken_on order by taken.taken_at desc, taken.photo_id desc) as place
    from taken
    where taken.site_id is not null

),

newest_photos as (

    select * from photo_days
    where place = 1

),

site_days as (

    select site_id, day_on from working
    union
    select site_id, day_on from reported

)

select
    concat(site_days.site_id, '/', cast(site_days.day_on as varchar)) as site_day_id,
    site_days.site_id,
    sites.name as site_name,
    sites.region_code,
    sites.city,
    working.project_id,
    site_days.day_on,
    context.as_of_on,
    site_days.day_on = context.as_of_on as is_newest,
    working.site_id is not null as is_active,
    reported.site_id is not null as is_reporting,
    working.site_id is not null and reported.site_id is not null as is_covered,
    cast(
        case
            when working.site_id is not null and site_days.day_on = context.as_of_on
                then case when reported.site_id is not null then 1 else 0 end
        end as decimal(18, 6)
    ) as coverage_share,
    cast(coalesce(reported.device_count, 0) as bigint) as device_count,
    cast(coalesce(reported.reading_count, 0) as bigint) as reading_count,
    reported.last_read_at,
    cast(round(climate.temperature, 2) as decimal(9, 2)) as temperature_c,
    cast(round(climate.temperature_min, 2) as decimal(9, 2)) as temperature_min_c,
    cast(round(climate.temperature_max, 2) as decimal(9, 2)) as temperature_max_c,
    cast(round(climate.humidity, 2) as decimal(5, 2)) as humidity_pct,
    cast(reported.energy_kwh as decimal(18, 3)) as energy_kwh,
    cast(case when newest_photos.taken_on = site_days.day_on then newest_photos.photo_count else 0 end as bigint) as photo_count,
    newest_photos.photo_id as last_photo_id,
    newest_photos.taken_at as last_photo_at,
    newest_photos.file_path as last_photo_path
from site_days
cross join context
left join sites on site_days.site_id = sites.site_id
left join working on site_days.site_id = working.site_id and site_days.day_on = working.day_on
left join reported on site_days.site_id = reported.site_id and site_days.day_on = reported.day_on
left join climate on site_days.site_id = climate.site_id and site_days.day_on = climate.day_on
-- The last photo of a day is the newest one until the site is photographed again.
asof left join newest_photos
    on
        site_days.site_id = newest_photos.site_id
        and site_days.day_on >= newest_photos.taken_on
