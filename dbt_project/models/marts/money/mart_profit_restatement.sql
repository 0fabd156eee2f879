{#-
    What was said of a closed period is never overwritten: when a figure of it differs from its last version, the next
    version is appended with the difference. The same night again finds no difference and appends nothing; a night for
    an earlier day than the newest version appends nothing either. A full refresh would forget, so there is none.
-#}
-- The branch for later nights reads a seed that the first parse does not see. depends_on: {{ ref('figure_default') }}
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns', full_refresh=false) }}
{%- set lines = ['revenue', 'material', 'labour', 'subcontract', 'freight', 'overhead', 'cost', 'gross_margin'] %}

with

periods as (

    select
        'month' as period_code,
        month_on as period_on,
        *
    from {{ ref('mart_profit_month') }}
    union all by name
    select
        'quarter' as period_code,
        quarter_on as period_on,
        *
    from {{ ref('mart_profit_quarter') }}

),

newest as (

    select
        period_code,
        period_on,
        period_end_on,
        {%- for line in lines %}
        case when count(*) = count({{ line }}_amount) then cast(sum({{ line }}_amount) as decimal(18, 2)) end
            as {{ line }}_amount,
        {%- endfor %}
        cast(sum(entry_count) as bigint) as entry_count,
        cast(sum(unknown_count) as bigint) as unknown_count
    from periods
    where is_closed
    group by period_code, period_on, period_end_on

),

{% if is_incremental() %}
earlier as (

    select * from {{ this }}

),

last_versions as (

    select * from earlier
    qualify row_number() over (partition by period_code, period_on order by version_no desc) = 1

),

-- A period all of whose entries went elsewhere is closed at zero.
compared as (

    select
        coalesce(newest.period_code, last_versions.period_code) as period_code,
        coalesce(newest.period_on, last_versions.period_on) as period_on,
        coalesce(newest.period_end_on, last_versions.period_end_on) as period_end_on,
        coalesce(last_versions.version_no, 0) + 1 as version_no,
        {%- for line in lines %}
        case when newest.period_code is null then 0 else newest.{{ line }}_amount end as {{ line }}_amount,
        case when last_versions.currency_code = {{ reporting_currency() }} then last_versions.{{ line }}_amount end
            as earlier_{{ line }}_amount,
        {%- endfor %}
        coalesce(newest.entry_count, 0) as entry_count,
        coalesce(newest.unknown_count, 0) as unknown_count,
        last_versions.period_code is null as is_new,
        coalesce(last_versions.currency_code, '') <> {{ reporting_currency() }} as has_other_currency
    from newest
    full join last_versions
        on newest.period_code = last_versions.period_code and newest.period_on = last_versions.period_on
    where
        coalesce(newest.period_end_on, last_versions.period_end_on)
        + cast({{ figure_default('profit_close_days') }} as integer) <= {{ as_of_on() }}

),

appended as (

    select *
    from compared
    where
        {{ as_of_on() }} >= coalesce((select max(earlier.seen_on) from earlier), {{ as_of_on() }})
        and (
            is_new
            or has_other_currency
            {%- for line in lines %}
            or {{ line }}_amount is distinct from earlier_{{ line }}_amount
            {%- endfor %}
        )

)
{% else %}
appended as (

    select
        newest.*,
        1 as version_no,
        {%- for line in lines %}
        cast(null as decimal(18, 2)) as earlier_{{ line }}_amount
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from newest

)
{% endif %}

select
    concat_ws('/', appended.period_code, appended.period_on, appended.version_no) as profit_restatement_id,
    appended.period_code,
    appended.period_on,
    appended.period_end_on,
    cast(appended.version_no as bigint) as version_no,
    {{ as_of_on() }} as seen_on,
    {{ reporting_currency() }} as currency_code,
    appended.version_no > 1 as is_restated,
    {%- for line in lines %}
    cast(appended.{{ line }}_amount as decimal(18, 2)) as {{ line }}_amount,
    cast(appended.earlier_{{ line }}_amount as decimal(18, 2)) as earlier_{{ line }}_amount,
    cast(appended.{{ line }}_amount - appended.earlier_{{ line }}_amount as decimal(18, 2)) as {{ line }}_difference_amount,
    {%- endfor %}
    appended.entry_count,
    appended.unknown_count
from appended
