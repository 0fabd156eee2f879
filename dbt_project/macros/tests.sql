{% test unique_key(model, columns, loaded_at=none, moment=none) %}
    {#-
        A key of several columns: none of them NULL, no combination twice. Where rows tell when they were loaded and the
        key has a moment, only the moments since the first that anything came for are looked at: no other key can have
        been met again since the last night whose tests all passed.
    -#}
    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    {%- if loaded_at is not none %}
    where
        {{ moment }} >= (
            select min(news.{{ moment }})
            from {{ model }} as news
            where
                news.{{ loaded_at }} > coalesce(
                    (select context.checked_until_at from {{ source('build', 'build_context') }} as context),
                    timestamp '-infinity'
                )
        )
        or {{ moment }} is null
    {%- endif %}
    group by {{ columns | join(', ') }}
    having count(*) > 1 {%- for column in columns %} or {{ column }} is null {%- endfor %}
{% endtest %}

{% test weights_sum_to_one(model, column) %}
    {#- Weights of one version and one only, that add up to 1. -#}
    select sum({{ column }}) as total, count(distinct version) as version_count
    from {{ model }}
    having sum({{ column }}) <> 1 or count(distinct version) <> 1
{% endtest %}

{% test weights_sum_to_one_by(model, column, group) %}
    {#- Weights that add up to 1 in each group, of one version and one only. -#}
    select {{ group }}, sum({{ column }}) as total
    from {{ model }}
    group by {{ group }}
    having sum({{ column }}) <> 1 or (select count(distinct version) from {{ model }}) <> 1
{% endtest %}

{% test never(model, condition) %}
    {#- The rows, each with all it says, for which something holds that never should. -#}
    select * from {{ model }}
    where {{ condition }}
{% endtest %}

{% test no_cycle(model) %}
    {#- Each project whose links run in a circle, with the circle: «project P1: A → B → C → A». -#}
    select distinct 'project ' || project_id || ': ' || cycle_text as message
    from {{ model }}
    where not is_computable
{% endtest %}

{% test moves_add_up(model) %}
    {#- The moves of a promise add up to its final minus its first date. -#}
    select
        promise_id,
        sum(moved_days) as moved_days,
        date_diff('day', min(first_on), min(final_on)) as whole_days
    from {{ model }}
    group by promise_id
    having coalesce(sum(moved_days), 0) <> coalesce(date_diff('day', min(first_on), min(final_on)), 0)
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

{% test known(model, column_name, key) %}
    {#- Something that should be filled in before long; each row says where it is missing. -#}
    select '{{ column_name }} of {{ key }} ' || {{ key }} || ' is missing' as message
    from {{ model }}
    where {{ column_name }} is null
{% endtest %}
