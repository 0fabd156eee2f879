{% macro care_plan_closings() -%}
    {#- When the care plan of a customer was closed by a person (customer_id, closed_at). -#}
    (
        select
            stg_actions__events.about_id as customer_id,
            stg_actions__events.done_at as closed_at
        from {{ ref('stg_actions__events') }} as stg_actions__events
        where
            stg_actions__events.rule_id = 'care_plan_low_ratings'
            and stg_actions__events.is_effective and stg_actions__events.is_closing
            and stg_actions__events.kind_code <> 'clear_item'
    )
{%- endmacro %}
