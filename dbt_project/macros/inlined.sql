{% macro inlined() -%}
    {#-
        Goes between `as` and a subquery that is read several times, each time with other columns or conditions: DuckDB
        would otherwise write all of it out once, which for every hour of every device takes longer than to read it twice.
    -#}
    {%- if not (target is defined and target.type == 'spark') -%} not materialized {%- endif -%}
{%- endmacro %}
