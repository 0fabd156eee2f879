with

expenses as (

    select * from {{ ref('fct_expense') }}

),

invoices as (

    select * from {{ ref('fct_invoice') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

products as (

    select * from {{ ref('stg_erp__products') }}

),

receipts as (

    select * from {{ ref('fct_receipt_line') }}

),

purchase_lines as (

    select * from {{ ref('fct_purchase_line') }}

),

purchase_freight as (

    select * from {{ ref('stg_erp__purchase_lines') }}

),

shipments as (

    select * from {{ ref('stg_wms__shipments') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

context as (

    select * from {{ source('build', 'build_context') }}

),

bought_for_projects as (

    select distinct
        project_id,
        product_id
    from purchase_lines
    where project_id is not null and product_id is not null and not is_cancelled

),

revenue as (

    select
        'invoice' as source_code,
        invoice_id as source_id,
        'revenue' as line_code,
        earned_on as booked_on,
        project_id,
        customer_id,
        net_reporting_amount as reporting_amount
    from invoices
    where earned_on is not null

),

spent as (

    select
        'expense' as source_code,
        expense_id as source_id,
        -- The lines of the statement are fewer than the cost elements.
        case
            when cost_code in ('material', 'equipment') then 'material'
            when cost_code in ('labour', 'subcontract', 'freight') then cost_code
            else 'overhead'
        end as line_code,
        coalesce(booked_on, spent_on) as booked_on,
        project_id,
        customer_id,
        expense_reporting_amount as reporting_amount
    from expenses
    where is_cost

),

delivered as (

    -- Goods the company made or held in stock leave at standard cost; a return brings the cost back.
    select
        'order_line' as source_code,
        order_lines.order_line_id as source_id,
        'material' as line_code,
        order_lines.delivered_on as booked_on,
        order_lines.project_id,
        order_lines.customer_id,
        -- In cents like all other amounts: a decimal of 38 digits would make every conversion slow.
        cast(order_lines.quantity * products.standard_cost_amount as decimal(18, 2)) as amount,
        products.currency_code
    from order_lines
    left join products on order_lines.product_id = products.product_id
    -- Goods bought for the very project are its cost when they arrive, at what they did cost.
    anti join bought_for_projects
        on
            order_lines.project_id = bought_for_projects.project_id
            and order_lines.product_id = bought_for_projects.product_id
    where not order_lines.is_cancelled and order_lines.delivered_on <= {{ as_of_on() }}

),

accepted as (

    -- Each receipt bears what the line has become worth by it, so that the parts of a whole line are its amount.
    select
        receipts.receipt_id,
        receipts.received_on,
        purchase_lines.project_id,
        purchase_lines.currency_code,
        purchase_lines.purchase_line_id,
        purchase_lines.line_amount / nullif(cast(purchase_lines.quantity as double), 0) as goods_price,
        purchase_freight.freight_amount / nullif(cast(purchase_lines.quantity as double), 0) as freight_price,
        purchase_freight.freight_amount is not null as has_freight,
        coalesce(receipts.quantity_accepted, 0) as quantity,
        sum(coalesce(receipts.quantity_accepted, 0)) over (
            partition by receipts.purchase_line_id order by receipts.received_on, receipts.receipt_id
        ) as quantity_so_far
    from receipts
    inner join purchase_lines on receipts.purchase_line_id = purchase_lines.purchase_line_id
    inner join purchase_freight
        on
            purchase_lines.purchase_order_id = purchase_freight.purchase_order_id
            and purchase_lines.line_no = purchase_freight.line_no
    -- Goods for stock are no cost yet: they become one when they are sold.
    where purchase_lines.project_id is not null and receipts.received_on <= {{ as_of_on() }}

),

received as (

    select
        accepted.*,
        cast(round(goods_price * quantity_so_far, 2) as decimal(18, 2))
        - cast(round(goods_price * (quantity_so_far - quantity), 2) as decimal(18, 2)) as goods_amount,
        cast(round(freight_price * quantity_so_far, 2) as decimal(18, 2))
        - cast(round(freight_price * (quantity_so_far - quantity), 2) as decimal(18, 2)) as freight_amount
    from accepted

),

shipped as (

    select
        'shipment' as source_code,
        shipments.shipment_id as source_id,
        'freight' as line_code,
        {{ local_date('coalesce(shipments.shipped_at, shipments.delivered_at)', time_zone()) }} as booked_on,
        coalesce(shipments.project_id, orders.project_id) as project_id,
        orders.customer_id,
        shipments.freight_amount as amount,
        shipments.currency_code
    from shipments
    cross join context
    left join orders on shipments.order_id = orders.order_id
    where
        shipments.freight_amount is not null
        and {{ local_date('coalesce(shipments.shipped_at, shipments.delivered_at)', time_zone()) }}
        <= {{ as_of_on() }}

),

foreign_costs as (

    select * from delivered
    union all by name
    select
        'receipt' as source_code,
        receipt_id as source_id,
        'material' as line_code,
        received_on as booked_on,
        project_id,
        null as customer_id,
        goods_amount as amount,
        currency_code
    from received
    union all by name
    select
        'receipt' as source_code,
        receipt_id as source_id,
        'freight' as line_code,
        received_on as booked_on,
        project_id,
        null as customer_id,
        freight_amount as amount,
        currency_code
    from received
    where has_freight
    union all by name
    select * from shipped

),

converted_costs as (

    select
        foreign_costs.* exclude (amount, currency_code),
        {{ converted('foreign_costs.amount', 'foreign_costs.currency_code', 'rates.rate') }} as reporting_amount
    from foreign_costs
    asof left join rates
        on foreign_costs.currency_code = rates.currency_code and foreign_costs.booked_on >= rates.rate_on

),

entries as (

    select * from revenue
    union all by name
    select * from spent
    union all by name
    select * from converted_costs

)

select
    entries.source_code || '/' || entries.source_id || '/' || entries.line_code as profit_entry_id,
    entries.source_code,
    entries.source_id,
    entries.line_code,
    entries.booked_on,
    cast(date_trunc('month', entries.booked_on) as date) as month_on,
    cast(date_trunc('quarter', entries.booked_on) as date) as quarter_on,
    entries.project_id,
    coalesce(projects.customer_id, entries.customer_id) as customer_id,
    coalesce(projects.region_code, customers.region_code, 'unknown') as region_code,
    coalesce(customers.segment_code, 'unknown') as segment_code,
    entries.reporting_amount,
    case when entries.line_code = 'revenue' then entries.reporting_amount else -entries.reporting_amount end
        as margin_amount,
    entries.line_code <> 'revenue' as is_cost
from entries
left join projects on entries.project_id = projects.project_id
left join customers on coalesce(projects.customer_id, entries.customer_id) = customers.customer_id
