with

rates as (

    select * from {{ ref('stg_ref__exchange_rates') }}

),

direct as (

    select
        from_currency_code as currency_code,
        rate_on,
        cast(rate as double) as rate,
        1 as preference
    from rates
    where to_currency_code = {{ reporting_currency() }}

),

inverse as (

    select
        to_currency_code as currency_code,
        rate_on,
        1 / nullif(cast(rate as double), 0) as rate,
        2 as preference
    from rates
    where from_currency_code = {{ reporting_currency() }}

),

both_ways as (

    select * from direct
    union all
    select * from inverse

)

select
    currency_code,
    rate_on,
    cast(round(rate, 10) as decimal(28, 10)) as rate
from both_ways
-- The reporting currency itself needs none, whatever a list says of it.
where rate is not null and currency_code <> {{ reporting_currency() }}
-- A published direct rate beats the inverse of the opposite one.
qualify row_number() over (partition by currency_code, rate_on order by preference) = 1
