{#- The days that a site's page shows, so that a night costs the same after years: older days are in fct_reading_day. -#}
with

-- The hours and not fct_reading_day: its days are partitions, and in one step an asset without days cannot read one with.
readings as {{ inlined() }} (

    select
        *,
        -- Meters count up and never tell an amount by themselves; every other _kwh is the energy since the reading before.
        metric_code = 'meter_kwh' or metric_code like '%_meter_kwh' or metric_code like '%_total_kwh' as is_meter
    from {{ ref('int_reading_hour') }}

),

devices as (

    select * from {{ ref('stg_iot__devices') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

events as (

    select * from {{ ref('stg_iot__events') }}
    where severity_code in ('fault', 'critical')

),

context as (

    select
        as_of_on,
        time_zone,
        as_of_on - cast({{ figure_default('device_days') }} as integer) + 1 as first_on
    from {{ source('build', 'build_context') }}

),

days as (

    select
        each_day.day_on,
        {{ day_start('each_day.day_on', 'context.time_zone') }} as starts_at,
        {{ day_start('each_day.day_on + 1', 'context.time_zone') }} as ends_at
    from {{ each_day(
        '(select as_of_on - cast(' ~ figure_default('device_days') ~ ' as integer) + 1 from ' ~ source('build', 'build_context') ~ ')',
        as_of_on()
    ) }} as each_day
    cross join context

),

metric_days as (

    select
        readings.device_id,
        readings.metric_code,
        readings.day_on,
        sum(readings.reading_count) as reading_count,
        count(*) as hour_count,
        max(readings.last_read_at) as last_read_at,
        sum(
            case
                when readings.metric_code like '%_kwh' and not readings.is_meter
                    then cast(readings.value_mean * readings.reading_count as decimal(28, 6))
            end
        ) as told_kwh
    from readings
    inner join context on readings.day_on between context.first_on and context.as_of_on
    group by readings.device_id, readings.metric_code, readings.day_on

),

reported as (

    select
        device_id,
        day_on,
        sum(reading_count) as reading_count,
        count(*) as metric_count,
        max(hour_count) as reporting_hours,
        max(last_read_at) as last_read_at,
        sum(told_kwh) as told_kwh
    from metric_days
    group by device_id, day_on

),

steps as (

    select
        readings.device_id,
        readings.day_on,
        readings.value_last,
        lag(readings.value_last) over (
            partition by readings.device_id, readings.metric_code order by readings.hour_at
        ) as value_before
    from readings
    cross join context
    -- One week more, so that the first day has a reading before it.
    where readings.is_meter and readings.day_on between context.first_on - 7 and context.as_of_on

),

metered as (

    -- A meter that shows less than before was set back to nought and has counted from there.
    select
        steps.device_id,
        steps.day_on,
        sum(
            cast(
                case when steps.value_last >= steps.value_before then steps.value_last - steps.value_before else steps.value_last end
                as decimal(28, 6)
            )
        ) as metered_kwh
    from steps
    where steps.value_before is not null
    group by steps.device_id, steps.day_on

),

faults as (

    select
        events.device_id,
        events.started_at,
        coalesce(events.ended_at, {{ day_start('context.as_of_on + 1', 'context.time_zone') }}) as ended_at,
        max(coalesce(events.ended_at, {{ day_start('context.as_of_on + 1', 'context.time_zone') }})) over (
            partition by events.device_id
            order by events.started_at, events.event_id
            rows between unbounded preceding and 1 preceding
        ) as ended_before_at,
        events.event_id
    from events
    cross join context
    where {{ local_date('events.started_at', 'context.time_zone') }} <= context.as_of_on

),

numbered as (

    select
        faults.*,
        sum(case when faults.started_at <= faults.ended_before_at then 0 else 1 end) over (
            partition by faults.device_id
            order by faults.started_at, faults.event_id
            rows between unbounded preceding and current row
        ) as outage_no
    from faults

),

-- Faults that overlap are one outage: an hour is lost once.
outages as (

    select
        device_id,
        outage_no,
        min(started_at) as started_at,
        max(ended_at) as ended_at
    from numbered
    group by device_id, outage_no

),

served as (

    select
        devices.device_id,
        days.day_on,
        days.starts_at,
        days.ends_at,
        devices.commissioned_on <= days.day_on and coalesce(devices.state_code, 'in_service') <> 'retired' as is_in_service
    from devices
    cross join days

),

device_days as (

    select
        served.device_id,
        served.day_on,
        served.starts_at,
        served.ends_at,
        coalesce(served.is_in_service, false) as is_in_service,
        reported.reading_count,
        reported.metric_count,
        reported.reporting_hours,
        reported.last_read_at,
        reported.told_kwh
    from served
    left join reported on served.device_id = reported.device_id and served.day_on = reported.day_on
    where served.is_in_service or reported.device_id is not null

),

lost as (

    select
        device_days.device_id,
        device_days.day_on,
        count(*) as outage_count,
        sum(
            {{ seconds_between(
                'greatest(outages.started_at, device_days.starts_at)', 'least(outages.ended_at, device_days.ends_at)'
            ) }}
        ) as lost_seconds
    from device_days
    inner join outages
        on
            device_days.device_id = outages.device_id
            and device_days.starts_at < outages.ended_at
            and device_days.ends_at > outages.started_at
    group by device_days.device_id, device_days.day_on

)

select
    concat(device_days.device_id, '/', cast(device_days.day_on as varchar)) as device_day_id,
    device_days.device_id,
    device_days.day_on,
    devices.kind_code,
    devices.product_id,
    coalesce(customers.survivor_id, devices.customer_id) as customer_id,
    devices.project_id,
    devices.site_id,
    context.as_of_on,
    device_days.is_in_service,
    device_days.reading_count is not null as is_reporting,
    cast(coalesce(device_days.reading_count, 0) as bigint) as reading_count,
    cast(coalesce(device_days.metric_count, 0) as bigint) as metric_count,
    cast(coalesce(device_days.reporting_hours, 0) as decimal(5, 2)) as reporting_hours,
    device_days.last_read_at,
    cast(
        round(
            case
                when device_days.told_kwh is not null or metered.metered_kwh is not null
                    then coalesce(device_days.told_kwh, 0) + coalesce(metered.metered_kwh, 0)
            end, 3
        ) as decimal(18, 3)
    ) as energy_kwh,
    cast(coalesce(lost.outage_count, 0) as bigint) as outage_count,
    cast(
        round({{ seconds_between('device_days.starts_at', 'device_days.ends_at') }} / 3600, 4) as decimal(9, 4)
    ) as service_hours,
    cast(round(coalesce(lost.lost_seconds, 0) / 3600, 4) as decimal(9, 4)) as lost_hours,
    cast(
        round(
            1 - round(coalesce(lost.lost_seconds, 0) / 3600, 4)
            / round({{ seconds_between('device_days.starts_at', 'device_days.ends_at') }} / 3600, 4), 6
        ) as decimal(18, 6)
    ) as uptime_share
from device_days
inner join devices on device_days.device_id = devices.device_id
left join customers on devices.customer_id = customers.customer_id
cross join context
left join metered on device_days.device_id = metered.device_id and device_days.day_on = metered.day_on
left join lost on device_days.device_id = lost.device_id and device_days.day_on = lost.day_on
