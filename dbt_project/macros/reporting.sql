{% macro reporting_currency() -%}
    {#- The company's reporting currency of this build. -#}
    (select build_context.reporting_currency from {{ source('build', 'build_context') }} as build_context)
{%- endmacro %}

{% macro converted(amount, currency_code, rate, digits=2) -%}
    {#-
        `amount` in reporting currency; NULL where the currency differs and no rate is known. Each branch is cast by itself:
        of both together the amount, too, would become a decimal of 38 digits, whose cast back took 150 times as long.
    -#}
    case
        when {{ currency_code }} = {{ reporting_currency() }} then cast({{ amount }} as decimal(18, {{ digits }}))
        else cast({{ amount }} * {{ rate }} as decimal(18, {{ digits }}))
    end
{%- endmacro %}

{% macro whole_sum(reporting_amount, amount) -%}
    {#- A sum that is NULL when one of its amounts could not be converted: a part is not the whole. -#}
    case when count({{ amount }}) = count({{ reporting_amount }}) then cast(sum({{ reporting_amount }}) as decimal(18, 2)) end
{%- endmacro %}
