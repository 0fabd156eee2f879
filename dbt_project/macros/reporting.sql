{% macro reporting_currency() -%}
    {#- The company's reporting currency of this build. -#}
    (select build_context.reporting_currency from {{ source('build', 'build_context') }} as build_context)
{%- endmacro %}

{% macro converted(amount, currency_code, rate) -%}
    {#- `amount` in reporting currency; NULL where the currency differs and no rate is known. -#}
    cast(case when {{ currency_code }} = {{ reporting_currency() }} then {{ amount }} else {{ amount }} * {{ rate }} end as decimal(18, 2))
{%- endmacro %}

{% macro whole_sum(reporting_amount, amount) -%}
    {#- A sum that is NULL when one of its amounts could not be converted: a part is not the whole. -#}
    case when count({{ amount }}) = count({{ reporting_amount }}) then cast(sum({{ reporting_amount }}) as decimal(18, 2)) end
{%- endmacro %}
