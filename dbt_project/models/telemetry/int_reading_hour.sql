{#-
    Incremental by load: an hour is built again when a reading of it was loaded after the newest it was built from,
    however late the reading came, or when a backfill names its day.
-#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['device_id', 'metric_code', 'hour_at'],
        on_schema_change='fail',
        tags=['telemetry']
    )
}}

with

readings as (

    select
        device_id,
        metric_code,
        read_at,
        date_trunc('hour', read_at) as hour_at,
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
        rebuild_from_on,
        rebuild_to_on
    from {{ source('build', 'build_context') }}

),

{% if is_incremental() %}
newest as (

    select max(_loaded_at) as loaded_at from {{ this }}

),

changed as (

    select distinct
        readings.device_id,
        readings.metric_code,
        readings.hour_at
    from readings
    cross join newest
    cross join context
    where
        newest.loaded_at is null
        or readings._loaded_at > newest.loaded_at
        or {{ local_date('readings.read_at', 'context.time_zone') }}
        between context.rebuild_from_on and context.rebuild_to_on

),

{% endif %}
hours as (

    select
        readings.device_id,
        readings.metric_code,
        readings.hour_at,
        count(*) as reading_count,
        round({{ exact_sum('readings.value') }} / nullif(count(readings.value), 0), 4) as value_mean,
        min(readings.value) as value_min,
        max(readings.value) as value_max,
        max_by(readings.value, readings.read_at) as value_last,
        max(readings.read_at) as last_read_at,
        max_by(readings._run_id, readings._loaded_at) as _run_id,
        max(readings._loaded_at) as _loaded_at
    from readings
    {% if is_incremental() %}
    inner join changed
        on
            readings.device_id = changed.device_id
            and readings.metric_code = changed.metric_code
            and readings.hour_at = changed.hour_at
    {% endif %}
    group by readings.device_id, readings.metric_code, readings.hour_at

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
