{#- The rules by which a tier follows a score from night to night; levels are 3 (S), 2 (A), 1 (B). -#}
{% macro tier_level(code) -%}
    case {{ code }} when 'S' then 3 when 'A' then 2 when 'B' then 1 end
{%- endmacro %}

{% macro tier_code_of(level) -%}
    case {{ level }} when 3 then 'S' when 2 then 'A' when 1 then 'B' end
{%- endmacro %}

{% macro tier_wanted_level(previous, ranked, score, s_cut, a_cut, band) -%}
    {#- Up by rank alone; down only once the score is more than the band below the lowest score of the tier. -#}
    case
        when {{ previous }} is null or {{ ranked }} >= {{ previous }} then {{ ranked }}
        when {{ previous }} = 3 and {{ score }} >= {{ s_cut }} - {{ band }} then 3
        when {{ score }} >= {{ a_cut }} - {{ band }} then 2
        else {{ ranked }}
    end
{%- endmacro %}

{% macro tier_is_continued(previous, previous_pending, wanted) -%}
    {#- Whether the night before wanted away from the tier in the same direction. -#}
    coalesce(sign({{ previous_pending }} - {{ previous }}) = sign({{ wanted }} - {{ previous }}), false)
{%- endmacro %}

{% macro tier_pending_level(previous, previous_pending, wanted) -%}
    {#- Where the tier is about to go: of successive wishes the one nearest to the tier. -#}
    case
        when {{ previous }} is null or {{ wanted }} = {{ previous }} then null
        when not {{ tier_is_continued(previous, previous_pending, wanted) }} then {{ wanted }}
        when {{ wanted }} > {{ previous }} then least({{ wanted }}, {{ previous_pending }})
        else greatest({{ wanted }}, {{ previous_pending }})
    end
{%- endmacro %}

{% macro tier_pending_runs(previous, previous_pending, previous_runs, wanted) -%}
    {#- For how many successive runs it has been wanted there. -#}
    case
        when {{ previous }} is null or {{ wanted }} = {{ previous }} then 0
        when {{ tier_is_continued(previous, previous_pending, wanted) }} then {{ previous_runs }} + 1
        else 1
    end
{%- endmacro %}
