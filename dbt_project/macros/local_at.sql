{% macro local_at(moment, time_zone) -%}
    {#- The wall clock of a time zone at a UTC timestamp. -#}
    timezone({{ time_zone }}, timezone('UTC', {{ moment }}))
{%- endmacro %}
