with

purchase_lines as (

    select * from {{ ref('stg_erp__purchase_lines') }}

),

purchase_orders as (

    select * from {{ ref('stg_erp__purchase_orders') }}

),

prices as (

    select * from {{ ref('stg_erp__supplier_prices') }}

),

receipts as (

    select * from {{ ref('fct_receipt_line') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

joined as (

    select
        purchase_lines.purchase_order_id || '/' || purchase_lines.line_no as purchase_line_id,
        purchase_lines.purchase_order_id,
        purchase_lines.line_no,
        purchase_lines.supplier_id,
        purchase_orders.project_id,
        purchase_lines.milestone_id,
        purchase_lines.product_id,
        purchase_orders.ordered_on,
        case when purchase_orders.confirmed_on <= {{ as_of_on() }} then purchase_orders.confirmed_on end as confirmed_on,
        coalesce(purchase_lines.requested_on, purchase_orders.requested_on) as requested_on,
        coalesce(purchase_lines.promised_on, purchase_orders.promised_on) as promised_on,
        coalesce(purchase_lines.current_promised_on, purchase_lines.promised_on, purchase_orders.promised_on)
            as current_promised_on,
        purchase_lines.quantity,
        purchase_lines.quantity * (1 - {{ figure_default('otif_tolerance_share') }}) as quantity_required,
        coalesce(
            purchase_lines.line_amount,
            cast(purchase_lines.quantity * purchase_lines.unit_price_amount as decimal(18, 2))
        ) as line_amount,
        coalesce(purchase_lines.currency_code, purchase_orders.currency_code) as currency_code,
        coalesce(purchase_orders.status_code in ('draft', 'cancelled'), false) as is_cancelled
    from purchase_lines
    left join purchase_orders on purchase_lines.purchase_order_id = purchase_orders.purchase_order_id
    -- What is ordered after the business date is not known yet.
    where coalesce(purchase_orders.ordered_on <= {{ as_of_on() }}, true)

),

ordered as (

    select
        joined.*,
        {{ converted('joined.line_amount', 'joined.currency_code', 'rates.rate') }} as line_reporting_amount,
        -- The promise is kept up to this day; what arrives later is late.
        joined.promised_on + cast({{ figure_default('otif_tolerance_days') }} as integer) as last_good_on,
        joined.promised_on + cast({{ figure_default('otif_window_days') }} as integer) as last_window_on,
        -- A line of nothing can be neither late nor whole.
        not joined.is_cancelled and joined.quantity > 0 as is_live
    from joined
    asof left join rates on joined.currency_code = rates.currency_code and joined.ordered_on >= rates.rate_on

),

received as (

    select
        ordered.purchase_line_id,
        count(*) as receipt_count,
        sum(receipts.quantity_received) as quantity_received,
        sum(receipts.quantity_accepted) as quantity_accepted,
        sum(receipts.quantity_accepted) filter (receipts.received_on <= ordered.requested_on) as quantity_by_request,
        sum(receipts.quantity_accepted) filter (receipts.received_on <= ordered.last_good_on) as quantity_by_promise,
        sum(receipts.quantity_accepted) filter (receipts.received_on <= ordered.last_window_on) as quantity_by_window,
        sum(receipts.quantity_accepted) filter (receipts.received_on <= ordered.current_promised_on)
            as quantity_by_current,
        sum(receipts.quantity_accepted * greatest(coalesce(receipts.days_late, 0), 0)) as quantity_late_days,
        max(receipts.received_on) as last_received_on
    from ordered
    inner join receipts on ordered.purchase_line_id = receipts.purchase_line_id
    group by ordered.purchase_line_id

),

-- The supplier's own price on the day of the order: of the newest list, the bracket the quantity reaches.
listed as (

    select
        ordered.purchase_line_id,
        max_by(prices.unit_price_amount, (prices.valid_from_on, prices.min_quantity)) as list_price_amount,
        max_by(prices.currency_code, (prices.valid_from_on, prices.min_quantity)) as list_currency_code,
        any_value(ordered.ordered_on) as ordered_on
    from ordered
    inner join prices
        on
            ordered.supplier_id = prices.supplier_id
            and ordered.product_id = prices.product_id
            and ordered.ordered_on between prices.valid_from_on and coalesce(prices.valid_to_on, date '9999-12-31')
            and ordered.quantity >= prices.min_quantity
    group by ordered.purchase_line_id

),

list_prices as (

    select
        listed.purchase_line_id,
        {{ converted('listed.list_price_amount', 'listed.list_currency_code', 'rates.rate', digits=4) }}
            as list_price_reporting_amount
    from listed
    asof left join rates on listed.list_currency_code = rates.currency_code and listed.ordered_on >= rates.rate_on

),

-- What the company paid for the product in that year, whoever sold it.
usual_prices as (

    select
        product_id,
        year(ordered_on) as ordered_year,
        cast(round(median(line_reporting_amount / cast(quantity as double)), 4) as decimal(18, 4))
            as usual_price_amount
    from ordered
    where is_live and product_id is not null and ordered_on is not null
    group by product_id, year(ordered_on)

),

measured as (

    select
        ordered.*,
        coalesce(received.receipt_count, 0) as receipt_count,
        cast(coalesce(received.quantity_received, 0) as decimal(18, 3)) as quantity_received,
        cast(coalesce(received.quantity_accepted, 0) as decimal(18, 3)) as quantity_accepted,
        cast(coalesce(received.quantity_by_promise, 0) as decimal(18, 3)) as quantity_accepted_in_time,
        cast(greatest(ordered.quantity - coalesce(received.quantity_accepted, 0), 0) as decimal(18, 3))
            as quantity_open,
        cast(coalesce(received.quantity_late_days, 0) as decimal(18, 3)) as received_late_days,
        received.last_received_on,
        coalesce(received.quantity_by_request, 0) as quantity_by_request,
        coalesce(received.quantity_by_window, 0) as quantity_by_window,
        coalesce(received.quantity_by_current, 0) as quantity_by_current,
        ordered.is_live and coalesce(ordered.last_good_on < {{ as_of_on() }}, false) as is_due,
        ordered.is_live and ordered.requested_on < {{ as_of_on() }} as is_due_by_request,
        ordered.is_live and ordered.last_window_on < {{ as_of_on() }} as is_due_by_window,
        ordered.is_live and ordered.current_promised_on < {{ as_of_on() }} as is_due_by_current,
        cast(ordered.quantity * list_prices.list_price_reporting_amount as decimal(18, 2)) as list_reporting_amount,
        cast(ordered.quantity * usual_prices.usual_price_amount as decimal(18, 2)) as usual_reporting_amount
    from ordered
    left join received on ordered.purchase_line_id = received.purchase_line_id
    left join list_prices on ordered.purchase_line_id = list_prices.purchase_line_id
    left join usual_prices
        on ordered.product_id = usual_prices.product_id and year(ordered.ordered_on) = usual_prices.ordered_year

)

select
    purchase_line_id,
    purchase_order_id,
    line_no,
    supplier_id,
    project_id,
    milestone_id,
    product_id,
    ordered_on,
    confirmed_on,
    date_diff('day', ordered_on, case when confirmed_on >= ordered_on then confirmed_on end) as response_days,
    requested_on,
    promised_on,
    current_promised_on,
    cast(date_trunc('month', promised_on) as date) as due_month_on,
    date_diff('day', requested_on, promised_on) as padding_days,
    last_received_on,
    quantity,
    receipt_count,
    quantity_received,
    quantity_accepted,
    quantity_accepted_in_time,
    quantity_open,
    cast(quantity_accepted + quantity_open as decimal(18, 3)) as quantity_due,
    line_amount,
    currency_code,
    line_reporting_amount,
    list_reporting_amount,
    usual_reporting_amount,
    is_cancelled,
    is_due,
    case when is_due then quantity_accepted_in_time >= quantity_required end as is_otif,
    case when is_due_by_request then quantity_by_request >= quantity_required end as is_otif_requested,
    case when is_due_by_window then quantity_by_window >= quantity_required end as is_otif_window,
    case when is_due_by_current then quantity_by_current >= quantity_required end as is_otif_current,
    is_due and quantity_accepted < quantity_required as is_open_overdue,
    -- Piece-days late of a line that is due: what came late, and what is missing up to the business date.
    case
        when is_due
            then cast(
                received_late_days + quantity_open * date_diff('day', promised_on, {{ as_of_on() }}) as decimal(18, 3)
            )
    end as quantity_late_days
from measured
