{#-
    Incremental by run, not by clock: a line is built again when its own run, its order's run, the rate it was
    converted with or the customer its order counts for is not the one it was built from, or its order is no longer
    there. What its source has deleted leaves. That equals a full refresh also for late and changed rows.
    `_run_id` holds the line's run and the order's.
-#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='order_line_id',
        on_schema_change='fail',
        post_hook="
            delete from {{ this }} as built
            where not exists (
                select 1 from {{ ref('stg_erp__order_lines') }} as lines
                where lines.order_id = built.order_id and lines.line_no = built.line_no
            )
        "
    )
}}

with

lines as (

    select * from {{ ref('stg_erp__order_lines') }}

),

orders as (

    select * from {{ ref('stg_erp__orders') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

{% if is_incremental() %}
built as (

    select * from {{ this }}

),

line_runs as (

    select distinct split_part(_run_id, ' ', 1) as run_id from built

),

order_runs as (

    select distinct split_part(_run_id, ' ', 2) as run_id from built

),

-- Lines in the reporting currency need no rate, so a company with one currency compares nothing here.
outdated_rates as (

    select built.order_id, built.line_no
    from built
    asof left join rates on built.currency_code = rates.currency_code and built.ordered_on >= rates.rate_on
    where
        built.reporting_currency_code is distinct from {{ reporting_currency() }}
        or (
            built.currency_code is distinct from {{ reporting_currency() }}
            and built.reporting_rate is distinct from rates.rate
        )

),

-- Lines whose customer has been merged into another since, or is no longer.
moved as (

    select built.order_id, built.line_no
    from built
    inner join orders on built.order_id = orders.order_id
    left join customers on orders.customer_id = customers.customer_id
    where built.customer_id is distinct from coalesce(customers.survivor_id, orders.customer_id)

),

changed as (

    select lines.order_id, lines.line_no
    from lines
    anti join line_runs on lines._run_id = line_runs.run_id
    union
    select lines.order_id, lines.line_no
    from lines
    inner join orders on lines.order_id = orders.order_id
    anti join order_runs on orders._run_id = order_runs.run_id
    union
    select built.order_id, built.line_no
    from built
    anti join orders on built.order_id = orders.order_id
    where split_part(built._run_id, ' ', 2) <> ''
    union
    select outdated_rates.order_id, outdated_rates.line_no
    from outdated_rates
    union
    select moved.order_id, moved.line_no
    from moved

),

{% endif %}
joined as (

    select
        lines.order_id || '/' || lines.line_no as order_line_id,
        lines.order_id,
        lines.line_no,
        coalesce(customers.survivor_id, orders.customer_id) as customer_id,
        orders.project_id,
        lines.product_id,
        lines.supplier_id,
        coalesce(lines.kind_code, 'sale') as kind_code,
        orders.status_code,
        orders.ordered_at,
        cast(orders.ordered_at as date) as ordered_on,
        coalesce(lines.requested_on, orders.requested_on) as requested_on,
        coalesce(lines.promised_on, orders.promised_on) as promised_on,
        lines.shipped_on,
        coalesce(lines.delivered_on, orders.delivered_on) as delivered_on,
        case when lines.kind_code = 'return' then -abs(lines.quantity) else lines.quantity end as quantity,
        lines.unit_price_amount,
        coalesce(
            lines.line_amount,
            cast(
                lines.quantity * lines.unit_price_amount * (1 - coalesce(lines.discount_pct, 0) / 100) as decimal(18, 2)
            )
        ) as unsigned_amount,
        lines.freight_amount,
        coalesce(lines.currency_code, orders.currency_code) as currency_code,
        concat(lines._run_id, ' ', orders._run_id) as _run_id,
        greatest(lines._loaded_at, orders._loaded_at) as _loaded_at
    from lines
    left join orders on lines.order_id = orders.order_id
    left join customers on orders.customer_id = customers.customer_id
    {% if is_incremental() %}
    semi join changed on lines.order_id = changed.order_id and lines.line_no = changed.line_no
    {% endif %}

),

signed as (

    select
        joined.* exclude (unsigned_amount),
        case when joined.kind_code = 'return' then -abs(joined.unsigned_amount) else joined.unsigned_amount end
            as line_amount
    from joined

)

select
    signed.order_line_id,
    signed.order_id,
    signed.line_no,
    signed.customer_id,
    signed.project_id,
    signed.product_id,
    signed.supplier_id,
    signed.kind_code,
    signed.status_code,
    signed.ordered_at,
    signed.ordered_on,
    cast(date_trunc('month', signed.ordered_on) as date) as ordered_month_on,
    signed.requested_on,
    signed.promised_on,
    signed.shipped_on,
    signed.delivered_on,
    signed.quantity,
    signed.unit_price_amount,
    signed.line_amount,
    signed.freight_amount,
    signed.currency_code,
    {{ converted('signed.line_amount', 'signed.currency_code', 'rates.rate') }} as line_reporting_amount,
    {{ reporting_currency() }} as reporting_currency_code,
    rates.rate as reporting_rate,
    date_diff('day', signed.promised_on, signed.delivered_on) as days_late,
    signed.delivered_on is not null as is_delivered,
    coalesce(signed.delivered_on > signed.promised_on, false) as is_late,
    coalesce(signed.status_code in ('cancelled', 'unavailable', 'draft'), false) as is_cancelled,
    signed._run_id,
    signed._loaded_at
from signed
asof left join rates on signed.currency_code = rates.currency_code and signed.ordered_on >= rates.rate_on
