{% macro as_of_on() -%}
    {#- The business date of this build, from the one-row table ops.build_context; never the clock. -#}
    (select build_context.as_of_on from {{ source('build', 'build_context') }} as build_context)
{%- endmacro %}
