{% macro local_date(moment, time_zone) -%}
    {#- The day of a UTC timestamp in a time zone: the one function of the roll-ups that engines name differently. -#}
    {%- if target is defined and target.type == 'spark' -%}
        to_date(from_utc_timestamp({{ moment }}, {{ time_zone }}))
    {%- else -%}
        cast(timezone({{ time_zone }}, timezone('UTC', {{ moment }})) as date)
    {%- endif -%}
{%- endmacro %}
