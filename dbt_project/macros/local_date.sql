{% macro time_zone() -%}
    {#-
        The company's time zone, as a value and not a joined column: where a join leaves it in every row, each row's
        conversion looks the zone up anew, five times the price.
    -#}
    (select build_context.time_zone from {{ source('build', 'build_context') }} as build_context)
{%- endmacro %}

{% macro local_date(moment, time_zone) -%}
    {#- The day of a UTC timestamp in a time zone: the one function of the roll-ups that engines name differently. -#}
    {%- if target is defined and target.type == 'spark' -%}
        to_date(from_utc_timestamp({{ moment }}, {{ time_zone }}))
    {%- else -%}
        cast(timezone({{ time_zone }}, timezone('UTC', {{ moment }})) as date)
    {%- endif -%}
{%- endmacro %}

{% macro day_start(day, time_zone) -%}
    {#- The UTC timestamp at which a day of a time zone begins; days with a change of the clock have 23 or 25 hours. -#}
    {%- if target is defined and target.type == 'spark' -%}
        to_utc_timestamp(cast({{ day }} as timestamp), {{ time_zone }})
    {%- else -%}
        timezone('UTC', timezone({{ time_zone }}, cast({{ day }} as timestamp)))
    {%- endif -%}
{%- endmacro %}

{% macro seconds_between(earlier, later) -%}
    {#- Whole seconds from one timestamp to another. -#}
    {%- if target is defined and target.type == 'spark' -%}
        (unix_timestamp({{ later }}) - unix_timestamp({{ earlier }}))
    {%- else -%}
        date_diff('second', {{ earlier }}, {{ later }})
    {%- endif -%}
{%- endmacro %}

{% macro each_day(first_on, last_on) -%}
    {#- A row a day, column day_on, both ends included. -#}
    {%- if target is defined and target.type == 'spark' -%}
        (select explode(sequence({{ first_on }}, {{ last_on }})) as day_on)
    {%- else -%}
        (select cast(unnest(generate_series({{ first_on }}, {{ last_on }}, interval 1 day)) as date) as day_on)
    {%- endif -%}
{%- endmacro %}
