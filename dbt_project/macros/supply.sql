{% macro safety_stock(daily_demand, demand_deviation, lead_time, lead_time_deviation) -%}
    {#- z·√(L·σd² + d²·σL²): what demand and lead time may swing by while an order is on its way. Lots and days. -#}
    (
        {{ figure_default('stock_service_z') }}
        * sqrt({{ lead_time }} * {{ demand_deviation }} ** 2 + {{ daily_demand }} ** 2 * {{ lead_time_deviation }} ** 2)
    )
{%- endmacro %}

{% macro normal_share(z) -%}
    {#- The standard normal distribution's P(Z ≤ z) by a logistic curve, off by less than 0.0002: DuckDB has no erf(). -#}
    (1 / (1 + exp(-(1.5976 * {{ z }} + 0.07056 * ({{ z }}) ** 3))))
{%- endmacro %}

{% test giver_keeps_its_reorder_point(model, positions) %}
    {#- A warehouse that gives still has at least its reorder point, of what it may dispose of and of its position. -#}
    select giving.from_position_id, giving.quantity, positions.quantity_available, positions.reorder_point_quantity
    from (
        select from_position_id, sum(quantity) as quantity
        from {{ model }}
        group by from_position_id
    ) as giving
    left join {{ positions }} as positions on giving.from_position_id = positions.stock_position_id
    where
        (
            least(positions.quantity_available, positions.quantity_position) - giving.quantity
            >= coalesce(positions.reorder_point_quantity, 0)
        ) is not true
{% endtest %}
