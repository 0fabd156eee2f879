with

activity as (

    select * from {{ ref('int_customer_activity') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

order_lines as (

    select
        line.*,
        line.ordered_on > {{ as_of_on() }} - interval 12 month as is_recent,
        line.ordered_on > {{ as_of_on() }} - interval 24 month as is_in_window
    from {{ ref('fct_order_line') }} as line
    where not line.is_cancelled and line.customer_id is not null and line.ordered_on <= {{ as_of_on() }}

),

-- What a line leaves above the standard cost of its product; NULL where that or a rate is unknown.
margins as (

    select
        priced.customer_id,
        priced.line_reporting_amount
        - {{ converted('priced.quantity * priced.standard_cost_amount', 'priced.currency_code', 'rates.rate') }}
            as margin_amount
    from (
        select
            order_lines.customer_id,
            order_lines.ordered_on,
            order_lines.quantity,
            order_lines.line_reporting_amount,
            product.standard_cost_amount,
            product.currency_code
        from order_lines
        left join {{ ref('stg_erp__products') }} as product on order_lines.product_id = product.product_id
        where order_lines.is_in_window
    ) as priced
    asof left join rates on priced.currency_code = rates.currency_code and priced.ordered_on >= rates.rate_on

),

window_margins as (

    select
        customer_id,
        case when count(*) = count(margin_amount) then cast(sum(margin_amount) as decimal(18, 2)) end as margin_24m_amount
    from margins
    group by customer_id

),

amounts as (

    select
        customer_id,
        count(distinct order_id) as order_count,
        {{ whole_sum('line_reporting_amount', 'line_amount') }} as order_amount,
        count(distinct order_id) filter (is_recent) as order_12m_count,
        {{ whole_sum('case when is_recent then line_reporting_amount end', 'case when is_recent then line_amount end') }}
            as order_12m_amount,
        {{
            whole_sum(
                'case when is_in_window and not is_recent then line_reporting_amount end',
                'case when is_in_window and not is_recent then line_amount end',
            )
        }} as order_prior_12m_amount,
        count(*) filter (is_recent) = 0 as is_idle_12m,
        count(*) filter (is_in_window and not is_recent) = 0 as is_idle_prior_12m,
        count(distinct order_id) filter (is_in_window) as order_24m_count,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on
    from order_lines
    group by customer_id

),

gaps as (

    select
        customer_id,
        date_diff('day', lag(active_on) over (partition by customer_id order by active_on), active_on) as gap_days
    from activity
    where order_count > 0

),

rhythm as (

    select
        customer_id,
        cast(round(median(gap_days), 2) as decimal(12, 2)) as median_gap_days
    from gaps
    where gap_days is not null
    group by customer_id

)

select
    amounts.customer_id,
    amounts.order_count,
    amounts.order_amount,
    amounts.order_12m_count,
    amounts.order_12m_amount,
    case when amounts.is_idle_prior_12m then 0 else amounts.order_prior_12m_amount end as order_prior_12m_amount,
    amounts.order_24m_count,
    -- Nothing ordered is an amount of nothing; a missing rate in either year leaves the two years open.
    case when amounts.is_idle_12m then 0 else amounts.order_12m_amount end
    + case when amounts.is_idle_prior_12m then 0 else amounts.order_prior_12m_amount end as order_24m_amount,
    case when amounts.order_24m_count = 0 then 0 else window_margins.margin_24m_amount end as margin_24m_amount,
    amounts.first_order_on,
    amounts.last_order_on,
    rhythm.median_gap_days
from amounts
left join window_margins on amounts.customer_id = window_margins.customer_id
left join rhythm on amounts.customer_id = rhythm.customer_id
