{% macro figure_default(name) -%}
    {#- A choice that a definition leaves open, from the versioned seed. -#}
    (select figure_default.value from {{ ref('figure_default') }} as figure_default where figure_default.name = '{{ name }}')
{%- endmacro %}

{% macro own_defaults() -%}
    {#-
        The company's own choices over those of the seed; a hook of the seed, so that models and their unit tests know
        one table only. What the seed ships stays readable in its file.
    -#}
    {%- if execute and adapter.get_relation(this.database, 'ops', 'figure_override') is not none -%}
        update {{ this }} as figure_default
        set value = own.value
        from {{ this.database }}.ops.figure_override as own
        where own.name = figure_default.name
    {%- endif -%}
{%- endmacro %}

{% macro share(numerator, denominator) -%}
    {#- Numerator / denominator, 0–1; NULL for a zero denominator, which means «no data», or a hair of one. -#}
    try_cast(round({{ numerator }} / nullif(cast({{ denominator }} as double), 0), 6) as decimal(18, 6))
{%- endmacro %}

{% macro points(value, worst, best) -%}
    {#- 0 at `worst`, 100 at `best`, straight between, NULL for NULL: DuckDB's greatest() and least() skip NULLs. -#}
    cast(
        case
            when {{ value }} is not null
                then round(100 * greatest(0, least(1, ({{ value }} - {{ worst }}) / cast({{ best }} - {{ worst }} as double))), 2)
        end as decimal(5, 2)
    )
{%- endmacro %}

{% macro index_of(value) -%}
    {#- An index or a time to four digits; NULL where a hair of a denominator makes it too large to mean anything. -#}
    try_cast(round({{ value }}, 4) as decimal(18, 4))
{%- endmacro %}
