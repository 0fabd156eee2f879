{% macro service_month_id(day, region_code) -%}
    {#- The row of mart_service_month that an event of this day and region counts in. -#}
    strftime({{ day }}, '%Y-%m') || '/' || coalesce({{ region_code }}, '-')
{%- endmacro %}
