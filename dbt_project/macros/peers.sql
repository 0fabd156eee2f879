{% macro peer_share(value, peers) -%}
    {#-
        The share of its peers that a value stands above, equals counted half: 0.5 in the middle and for one alone;
        NULL for NULL, and those without a value are no peers.
    -#}
    cast(
        case
            when {{ value }} is not null
                then round(
                    (
                        rank() over (partition by {{ peers }}, {{ value }} is null order by {{ value }}) - 1
                        + 0.5 * count(*) over (partition by {{ peers }}, {{ value }})
                    ) / count(*) over (partition by {{ peers }}, {{ value }} is null), 6
                )
        end as decimal(18, 6)
    )
{%- endmacro %}

{% macro fifth(share) -%}
    {#- The quintile of a share of peers, 1 (lowest) to 5. -#}
    case when {{ share }} is not null then cast(greatest(1, ceil(5 * {{ share }})) as bigint) end
{%- endmacro %}
