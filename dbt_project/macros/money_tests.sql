{% test never_above(model, column, ceiling, tolerance=0) %}
    {#- Rows whose value lies above its ceiling; NULL, «no data», breaks nothing. -#}
    select *
    from {{ model }}
    where {{ column }} > {{ ceiling }} + {{ tolerance }}
{% endtest %}

{% test never_increases(model, columns) %}
    {#- Rows in which a column is above the one before it. -#}
    select *
    from {{ model }}
    where
        {% for column in columns[1:] -%}
        {{ column }} > {{ columns[loop.index0] }}{% if not loop.last %} or {% endif %}
        {%- endfor %}
{% endtest %}

{% test months_sum_to_quarter(model, months, columns, by) %}
    {#- Quarters that differ by more than 0.01 from the sum of their `months`, or are known where a month is not. -#}
    with

    summed as (

        select
            quarter_on,
            {{ by | join(', ') }},
            {%- for column in columns %}
            case when count(*) = count({{ column }}) then sum({{ column }}) end as {{ column }},
            {%- endfor %}
            count(*) as month_count
        from {{ months }}
        group by quarter_on, {{ by | join(', ') }}

    )

    select
        coalesce(quarters.quarter_on, summed.quarter_on) as quarter_on,
        {%- for column in columns %}
        summed.{{ column }} as {{ column }}_of_months,
        quarters.{{ column }} as {{ column }},
        {%- endfor %}
        summed.month_count
    from {{ model }} as quarters
    full join summed
        on quarters.quarter_on = summed.quarter_on
        {%- for name in by %} and quarters.{{ name }} = summed.{{ name }} {%- endfor %}
    where
        summed.quarter_on is null
        or quarters.quarter_on is null
        {%- for column in columns %}
        or abs(quarters.{{ column }} - summed.{{ column }}) > 0.01
        or (quarters.{{ column }} is null) <> (summed.{{ column }} is null)
        {%- endfor %}
{% endtest %}
