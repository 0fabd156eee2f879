{#-
    Incremental as the hours are: a day is built again when one of its hours was, also because it lost a reading. A day
    without any hour left comes once more with a count of zero, which the hook takes away.
-#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['device_id', 'metric_code', 'day_on'],
        on_schema_change='fail',
        tags=['telemetry'],
        post_hook="delete from {{ this }} where reading_count = 0"
    )
}}

with

hours as {{ inlined() }} (

    select * from {{ ref('int_reading_hour') }}

),

context as (

    select
        rebuild_from_on,
        rebuild_to_on
    from {{ source('build', 'build_context') }}

),

{% if is_incremental() %}
built as {{ inlined() }} (

    select * from {{ this }}

),

newest as (

    select max(_loaded_at) as loaded_at from built

),

-- Counts of a whole day are cheap to compare. What was counted before and is still there is never more than was built,
-- so that a day with equal counts has lost nothing; the others have lost some, or were built again.
doubtful_days as (

    select totals.day_on
    from (
        select
            built.day_on,
            sum(built.reading_count) as built_count,
            0 as standing_count
        from built
        group by built.day_on
        union all
        select
            hours.day_on,
            0 as built_count,
            sum(hours.reading_count) as standing_count
        from hours
        cross join newest
        where hours._loaded_at <= newest.loaded_at
        group by hours.day_on
    ) as totals
    group by totals.day_on
    having sum(totals.built_count) <> sum(totals.standing_count)

),

standing as (

    select
        hours.device_id,
        hours.metric_code,
        hours.day_on,
        sum(hours.reading_count) as reading_count
    from hours
    semi join doubtful_days on hours.day_on = doubtful_days.day_on
    group by hours.device_id, hours.metric_code, hours.day_on

),

changed as (

    select
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
    union
    select
        built.device_id,
        built.metric_code,
        built.day_on
    from built
    semi join doubtful_days on built.day_on = doubtful_days.day_on
    left join standing
        on
            built.device_id = standing.device_id
            and built.metric_code = standing.metric_code
            and built.day_on = standing.day_on
    where built.reading_count is distinct from standing.reading_count

),

{% endif %}
counted as (

    {% if is_incremental() %}
    select
        changed.device_id,
        changed.metric_code,
        changed.day_on,
        hours.hour_at,
        coalesce(hours.reading_count, 0) as reading_count,
        hours.value_mean,
        hours.value_min,
        hours.value_max,
        hours.value_last,
        hours.last_read_at,
        hours._run_id,
        hours._loaded_at
    from changed
    left join hours
        on
            changed.device_id = hours.device_id
            and changed.metric_code = hours.metric_code
            and changed.day_on = hours.day_on
    {% else %}
    select * from hours
    {% endif %}

),

days as (

    select
        counted.device_id,
        counted.metric_code,
        counted.day_on,
        sum(counted.reading_count) as reading_count,
        count(counted.hour_at) as hour_count,
        round({{ exact_sum('counted.value_mean * counted.reading_count') }} / nullif(sum(counted.reading_count), 0), 4) as value_mean,
        min(counted.value_min) as value_min,
        max(counted.value_max) as value_max,
        max_by(counted.value_last, counted.last_read_at) as value_last,
        max(counted.last_read_at) as last_read_at,
        max_by(counted._run_id, counted._loaded_at) as _run_id,
        max(counted._loaded_at) as _loaded_at
    from counted
    group by counted.device_id, counted.metric_code, counted.day_on

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
