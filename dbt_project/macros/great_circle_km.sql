{% macro great_circle_km(latitude, longitude, other_latitude, other_longitude) -%}
    {#- Kilometres between two points of a sphere of the earth's mean radius; the rounding keeps antipodes within asin. -#}
    6371.0088 * 2 * asin(sqrt(round(
        pow(sin(radians({{ latitude }} - {{ other_latitude }}) / 2), 2)
        + cos(radians({{ latitude }})) * cos(radians({{ other_latitude }}))
        * pow(sin(radians({{ longitude }} - {{ other_longitude }}) / 2), 2),
        15
    )))
{%- endmacro %}
