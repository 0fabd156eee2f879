{#- Incremental as the hours are: a day is built again when one of its hours was. -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['device_id', 'metric_code', 'day_on'],
        on_schema_change='fail',
        tags=['telemetry']
    )
}}

with

hours as (

    select * from {{ ref('int_reading_hour') }}

),

context as (

    select
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
        hours.device_id,
        hours.metric_code,
        hours.day_on
    from hours
    cross join newest
    cross join context
    where
        newest.loaded_at is null
        or hours._loaded_at > newest.loaded_at
        or hours.day_on between context.rebuild_from_on and context.rebuild_to_on

),

{% endif %}
days as (

    select
        hours.device_id,
        hours.metric_code,
        hours.day_on,
        sum(hours.reading_count) as reading_count,
        count(*) as hour_count,
        round({{ exact_sum('hours.value_mean * hours.reading_count') }} / sum(hours.reading_count), 4) as value_mean,
        min(hours.value_min) as value_min,
        max(hours.value_max) as value_max,
        max_by(hours.value_last, hours.last_read_at) as value_last,
        max(hours.last_read_at) as last_read_at,
        max_by(hours._run_id, hours._loaded_at) as _run_id,
        max(hours._loaded_at) as _loaded_at
    from hours
    {% if is_incremental() %}
    inner join changed
        on
            hours.device_id = changed.device_id
            and hours.metric_code = changed.metric_code
            and hours.day_on = changed.day_on
    {% endif %}
    group by hours.device_id, hours.metric_code, hours.day_on

)

select
    days.device_id,
    days.metric_code,
    days.day_on,
    cast(days.reading_count as bigint) as reading_count,
    days.hour_count,
    days.value_mean,
    days.value_min,
    days.value_max,
    days.value_last,
    days.last_read_at,
    days._run_id,
    days._loaded_at
from days
