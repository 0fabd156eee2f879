{%- set stages = ['opportunity', 'quote', 'contract', 'delivery', 'acceptance', 'invoice', 'cash'] -%}
with

leads as (

    select * from {{ ref('fct_lead') }}

),

cohorts as (

    select
        month_on,
        count(*) as lead_count,
        {%- for stage in stages %}
        count(*) filter (has_{{ stage }}) as {{ stage }}_count,
        cast(round(median({{ stage }}_days), 1) as decimal(9, 1)) as {{ stage }}_median_days,
        {%- endfor %}
        cast(round(median(lead_to_cash_days), 1) as decimal(9, 1)) as lead_to_cash_median_days
    from leads
    group by month_on

)

select
    cohorts.month_on,
    {{ as_of_on() }} as as_of_on,
    cohorts.lead_count,
    {%- for stage in stages %}
    cohorts.{{ stage }}_count,
    {%- endfor %}
    {%- for stage in stages %}
    cohorts.{{ 'lead' if loop.first else stages[loop.index0 - 1] }}_count - cohorts.{{ stage }}_count
        as {{ stage }}_drop_count,
    {%- endfor %}
    {%- for stage in stages %}
    {{ share('cohorts.' ~ stage ~ '_count', 'cohorts.' ~ ('lead' if loop.first else stages[loop.index0 - 1]) ~ '_count') }}
        as {{ stage }}_conversion_share,
    {%- endfor %}
    {{ share('cohorts.cash_count', 'cohorts.lead_count') }} as lead_to_cash_share,
    {%- for stage in stages %}
    cohorts.{{ stage }}_median_days,
    {%- endfor %}
    cohorts.lead_to_cash_median_days
from cohorts
