{%- set lines = ['revenue', 'material', 'labour', 'subcontract', 'freight', 'overhead'] -%}
with

entries as (

    select * from {{ ref('fct_profit_entry') }}

),

months as (

    select
        month_on,
        quarter_on,
        region_code,
        segment_code,
        {%- for line in lines %}
        count(*) filter (line_code = '{{ line }}' and reporting_amount is null) as {{ line }}_unknown_count,
        coalesce(sum(reporting_amount) filter (line_code = '{{ line }}'), 0) as {{ line }}_amount,
        {%- endfor %}
        count(*) as entry_count
    from entries
    group by month_on, quarter_on, region_code, segment_code

),

periods as (

    select
        'month' as period_code,
        month_on as period_on,
        last_day(month_on) as period_end_on,
        months.*
    from months
    union all
    select
        'quarter' as period_code,
        quarter_on as period_on,
        last_day(cast(quarter_on + interval 2 month as date)) as period_end_on,
        months.* replace (null as month_on)
    from months

),

summed as (

    -- A line with an amount nobody knows is no data: the rest of it is not the line.
    select
        period_code,
        period_on,
        period_end_on,
        month_on,
        quarter_on,
        region_code,
        segment_code,
        {%- for line in lines %}
        case when sum({{ line }}_unknown_count) = 0 then sum({{ line }}_amount) end as {{ line }}_amount,
        {%- endfor %}
        cast(sum({{ lines | join('_unknown_count + ') }}_unknown_count) as bigint) as unknown_count,
        cast(sum(entry_count) as bigint) as entry_count
    from periods
    group by period_code, period_on, period_end_on, month_on, quarter_on, region_code, segment_code

),

totalled as (

    select
        summed.*,
        summed.material_amount + summed.labour_amount + summed.subcontract_amount + summed.freight_amount
        + summed.overhead_amount as cost_amount
    from summed

)

select
    concat_ws('/', totalled.period_code, totalled.period_on, totalled.region_code, totalled.segment_code)
        as profit_period_id,
    totalled.period_code,
    totalled.period_on,
    totalled.period_end_on,
    totalled.month_on,
    totalled.quarter_on,
    totalled.region_code,
    totalled.segment_code,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    totalled.period_end_on + cast({{ figure_default('profit_close_days') }} as integer) <= {{ as_of_on() }} as is_closed,
    {%- for line in lines %}
    cast(totalled.{{ line }}_amount as decimal(18, 2)) as {{ line }}_amount,
    {%- endfor %}
    cast(totalled.cost_amount as decimal(18, 2)) as cost_amount,
    cast(totalled.revenue_amount - totalled.cost_amount as decimal(18, 2)) as gross_margin_amount,
    {{ share('(totalled.revenue_amount - totalled.cost_amount)', 'totalled.revenue_amount') }} as gross_margin_share,
    totalled.entry_count,
    totalled.unknown_count
from totalled
