with

options as (

    select * from {{ source('ml', 'ml_alternative_forecast') }}
    where as_of_on = {{ as_of_on() }} and option_rank > 0

),

suppliers as (

    select * from {{ ref('dim_supplier') }}

),

warehouses as (

    select * from {{ ref('dim_warehouse') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

crews as (

    select * from {{ ref('dim_crew') }}

),

milestones as (

    select * from {{ ref('fct_milestone') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

named as (

    select
        options.*,
        coalesce(suppliers.name, options.supplier_id) as supplier_name,
        coalesce(warehouses.name, options.warehouse_id) as warehouse_name,
        coalesce(products.name, options.substitute_id) as substitute_name,
        coalesce(crews.name, options.crew_id) as crew_name,
        coalesce(milestones.name, options.work_milestone_id) as work_milestone_name
    from options
    left join suppliers on options.supplier_id = suppliers.supplier_id
    left join warehouses on options.warehouse_id = warehouses.warehouse_id
    left join products on options.substitute_id = products.product_id
    left join crews on options.crew_id = crews.crew_id
    left join milestones on options.work_milestone_id = milestones.milestone_id

)

select
    named.purchase_line_id || '|' || named.option_rank as batch_option_id,
    named.purchase_line_id,
    named.option_rank,
    named.option_code,
    -- From where, by whom or with which work: what one option of a kind has that another has not.
    concat_ws(
        ' · ',
        named.substitute_name,
        coalesce(named.supplier_name, named.warehouse_name),
        named.crew_name,
        named.work_milestone_name
    ) as option_name,
    named.as_of_on,
    named.project_id,
    named.milestone_id,
    named.product_id,
    named.supplier_id,
    named.warehouse_id,
    named.substitute_id,
    named.crew_id,
    named.work_milestone_id,
    named.arrival_on,
    named.line_days_saved,
    named.project_days_saved_p50 as saved_p50_days,
    named.project_days_saved_p80 as saved_p80_days,
    {{ converted('cast(named.cost_amount as decimal(18, 2))', 'named.currency_code', 'rates.rate') }} as cost_amount,
    {{ reporting_currency() }} as currency_code,
    cast(named.risk_share as decimal(9, 4)) as risk_share,
    cast(named.quantity as decimal(18, 3)) as quantity,
    cast(named.quantity_available as decimal(18, 3)) as quantity_available,
    named.lead_time_days,
    named.work_days,
    named.work_new_days,
    coalesce(named.is_approval_needed, false) as is_consent_needed
from named
asof left join rates on named.currency_code = rates.currency_code and named.as_of_on >= rates.rate_on
