with

entries as (

    select * from {{ ref('fct_profit_entry') }}
    where is_cost and project_id is not null

)

select
    project_id,
    month_on as period_on,
    {%- for name, condition in (
        ('expense', "source_code = 'expense'"),
        ('material', "source_code <> 'expense' and line_code = 'material'"),
        ('freight', "source_code <> 'expense' and line_code = 'freight'"),
    ) %}
    case
        when count(*) filter ({{ condition }}) = count(reporting_amount) filter ({{ condition }})
            then cast(coalesce(sum(reporting_amount) filter ({{ condition }}), 0) as decimal(18, 2))
    end as {{ name }}_amount,
    {%- endfor %}
    case when count(*) = count(reporting_amount) then cast(sum(reporting_amount) as decimal(18, 2)) end as actual_amount,
    count(*) as entry_count,
    count(*) filter (reporting_amount is null) as unknown_count
from entries
group by project_id, month_on
