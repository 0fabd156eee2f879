{#-
    Incremental by load: an hour is built again when a reading of it was loaded after the newest it was built from,
    however late the reading came, when a reading it counted is no longer there or turned bad, or when a backfill names
    its day. An hour without any reading left comes once more with a count of zero, which the hook takes away.
-#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['device_id', 'metric_code', 'hour_at'],
        on_schema_change='fail',
        tags=['telemetry'],
        post_hook="delete from {{ this }} where reading_count = 0"
    )
}}

with

readings as {{ inlined() }} (

    select
        device_id,
        metric_code,
        read_at,
        value,
        _run_id,
        _loaded_at
    from {{ ref('stg_iot__readings') }}
    -- What a device itself calls bad is kept in raw, but no figure stands on it.
    where coalesce(quality_code, 'good') <> 'bad'

),

context as (

    select
        time_zone,
        -- Two moments to compare with, rather than the day of every reading.
        {{ day_start('rebuild_from_on', 'time_zone') }} as rebuild_from_at,
        {{ day_start('rebuild_to_on + 1', 'time_zone') }} as rebuild_until_at
    from {{ source('build', 'build_context') }}

),

{% if is_incremental() %}
built as {{ inlined() }} (

    select * from {{ this }}

),

newest as (

    select
        max(_loaded_at) as loaded_at,
        sum(reading_count) as reading_count
    from built

),

-- Nothing comes under a load that was counted already, so that one count tells whether any hour lost a reading.
shrunk as (

    select newest.loaded_at
    from newest
    where
        newest.reading_count > (
            select count(*) from readings
            where readings._loaded_at <= (select newest.loaded_at from newest)
        )

),

remaining as (

    select
        readings.device_id,
        readings.metric_code,
        date_trunc('hour', readings.read_at) as hour_at,
        count(*) as reading_count
    from readings
    cross join shrunk
    where readings._loaded_at <= shrunk.loaded_at
    group by readings.device_id, readings.metric_code, date_trunc('hour', readings.read_at)

),

changed as (

    select
        readings.device_id,
        readings.metric_code,
        date_trunc('hour', readings.read_at) as hour_at
    from readings
    cross join newest
    cross join context
    where
        newest.loaded_at is null
        or readings._loaded_at > newest.loaded_at
        or (
            readings.read_at >= context.rebuild_from_at
            and readings.read_at < context.rebuild_until_at
        )
    union
    select
        built.device_id,
        built.metric_code,
        built.hour_at
    from built
    cross join shrunk
    left join remaining
        on
            built.device_id = remaining.device_id
            and built.metric_code = remaining.metric_code
            and built.hour_at = remaining.hour_at
    where built.reading_count > coalesce(remaining.reading_count, 0)

),

{% endif %}
counted as (

    {% if is_incremental() %}
    select
        changed.device_id,
        changed.metric_code,
        changed.hour_at,
        readings.read_at,
        readings.value,
        readings._run_id,
        readings._loaded_at
    from changed
    left join readings
        on
            changed.device_id = readings.device_id
            and changed.metric_code = readings.metric_code
            and changed.hour_at = date_trunc('hour', readings.read_at)
            -- Nearly all readings lie before the first hour that changed: told by their moment, not by its hour.
            and readings.read_at >= (select min(hours_changed.hour_at) from changed as hours_changed)
    {% else %}
    select
        *,
        date_trunc('hour', read_at) as hour_at
    from readings
    {% endif %}

),

hours as (

    select
        counted.device_id,
        counted.metric_code,
        counted.hour_at,
        count(counted.read_at) as reading_count,
        round({{ exact_sum('counted.value') }} / nullif(count(counted.value), 0), 4) as value_mean,
        min(counted.value) as value_min,
        max(counted.value) as value_max,
        max_by(counted.value, counted.read_at) as value_last,
        max(counted.read_at) as last_read_at,
        max_by(counted._run_id, counted._loaded_at) as _run_id,
        max(counted._loaded_at) as _loaded_at
    from counted
    group by counted.device_id, counted.metric_code, counted.hour_at

)

select
    hours.device_id,
    hours.metric_code,
    hours.hour_at,
    {{ local_date('hours.hour_at', 'context.time_zone') }} as day_on,
    hours.reading_count,
    hours.value_mean,
    hours.value_min,
    hours.value_max,
    hours.value_last,
    hours.last_read_at,
    hours._run_id,
    hours._loaded_at
from hours
cross join context
