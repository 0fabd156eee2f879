{% test unique_key(model, columns) %}
    {#- A key of several columns: none of them NULL, no combination twice. -#}
    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1 {%- for column in columns %} or {{ column }} is null {%- endfor %}
{% endtest %}

{% test weights_sum_to_one(model, column) %}
    {#- Weights of one version and one only, that add up to 1. -#}
    select sum({{ column }}) as total, count(distinct version) as version_count
    from {{ model }}
    having sum({{ column }}) <> 1 or count(distinct version) <> 1
{% endtest %}
