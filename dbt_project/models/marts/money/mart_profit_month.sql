{%- set lines = ['revenue', 'material', 'labour', 'subcontract', 'freight', 'overhead'] -%}
with

entries as (

    select * from {{ ref('fct_profit_entry') }}

),

summed as (

    -- A line with an amount nobody knows is no data: the rest of it is not the line.
    select
        month_on,
        quarter_on,
        region_code,
        segment_code,
        {%- for line in lines %}
        case
            when count(*) filter (line_code = '{{ line }}' and reporting_amount is null) = 0
                then coalesce(sum(reporting_amount) filter (line_code = '{{ line }}'), 0)
        end as {{ line }}_amount,
        {%- endfor %}
        count(*) filter (reporting_amount is null) as unknown_count,
        count(*) as entry_count
    from entries
    group by month_on, quarter_on, region_code, segment_code

),

totalled as (

    select
        summed.*,
        last_day(summed.month_on) as period_end_on,
        summed.material_amount + summed.labour_amount + summed.subcontract_amount + summed.freight_amount
        + summed.overhead_amount as cost_amount
    from summed

)

select
    totalled.month_on,
    totalled.quarter_on,
    totalled.region_code,
    totalled.segment_code,
    totalled.period_end_on,
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
