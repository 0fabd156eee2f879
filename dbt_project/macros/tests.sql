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

{% test no_overlap(model, key, from_column, to_column) %}
    {#- Times of one key follow each other: none begins before the last one ended, none ends before it begins. -#}
    select *
    from (
        select
            {{ key }},
            {{ from_column }},
            {{ to_column }},
            lead({{ from_column }}) over (partition by {{ key }} order by {{ from_column }}) as next_from_on
        from {{ model }}
    ) as times
    where
        times.{{ to_column }} <= times.{{ from_column }}
        or (times.next_from_on is not null and coalesce(times.{{ to_column }} > times.next_from_on, true))
{% endtest %}

{% test one_current_each(model, key, parent, parent_where) %}
    {#- Every chosen parent has exactly one current row, and nobody else has any. -#}
    select coalesce(parents.{{ key }}, found.{{ key }}) as {{ key }}, found.row_count
    from (select * from {{ parent }} where {{ parent_where }}) as parents
    full join (select {{ key }}, count(*) as row_count from {{ model }} where is_current group by {{ key }}) as found
        on parents.{{ key }} = found.{{ key }}
    where parents.{{ key }} is null or found.row_count is distinct from 1
{% endtest %}
