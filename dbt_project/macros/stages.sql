{% macro stages() -%}
    {#- The seven stages of a project's life, in order. -#}
    ['lead', 'solution', 'contract', 'production', 'delivery', 'installation', 'maintenance']
{%- endmacro %}

{% macro days_of(seconds) -%}
    {#- Whole seconds as days, to six digits, so that sums of stages and waits keep to the second. -#}
    cast(round({{ seconds }} / 86400.0, 6) as decimal(18, 6))
{%- endmacro %}
