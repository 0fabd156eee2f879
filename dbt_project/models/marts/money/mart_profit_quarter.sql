{%- set lines = ['revenue', 'material', 'labour', 'subcontract', 'freight', 'overhead', 'cost', 'gross_margin'] -%}
with

months as (

    select * from {{ ref('mart_profit_month') }}

),

summed as (

    -- A quarter with a month that is not known is not known either.
    select
        quarter_on,
        region_code,
        segment_code,
        last_day(cast(quarter_on + interval 2 month as date)) as period_end_on,
        {%- for line in lines %}
        case when count(*) = count({{ line }}_amount) then cast(sum({{ line }}_amount) as decimal(18, 2)) end
            as {{ line }}_amount,
        {%- endfor %}
        cast(sum(entry_count) as bigint) as entry_count,
        cast(sum(unknown_count) as bigint) as unknown_count
    from months
    group by quarter_on, region_code, segment_code

)

select
    summed.quarter_on,
    summed.region_code,
    summed.segment_code,
    summed.period_end_on,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    summed.period_end_on + cast({{ figure_default('profit_close_days') }} as integer) <= {{ as_of_on() }} as is_closed,
    {%- for line in lines %}
    summed.{{ line }}_amount,
    {%- endfor %}
    {{ share('summed.gross_margin_amount', 'summed.revenue_amount') }} as gross_margin_share,
    summed.entry_count,
    summed.unknown_count
from summed
