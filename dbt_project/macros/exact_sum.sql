{% macro exact_sum(value) -%}
    {#- A sum that does not depend on the order of its rows, as floats' does; a value beyond 19 digits is left out. -#}
    cast(sum(try_cast({{ value }} as decimal(28, 9))) as double)
{%- endmacro %}
