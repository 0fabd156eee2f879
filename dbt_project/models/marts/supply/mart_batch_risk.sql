{#- Rank 0 of the forecast tells a late batch with nothing done; rank 1 is the best that can be done about it. -#}
with

alternatives as (

    select * from {{ source('ml', 'ml_alternative_forecast') }}
    where as_of_on = {{ as_of_on() }}

),

options as (

    select
        purchase_line_id,
        count(*) as option_count
    from alternatives
    where option_rank > 0
    group by purchase_line_id

),

lines as (

    select * from {{ ref('fct_purchase_line') }}

),

milestones as (

    select * from {{ ref('fct_milestone') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

suppliers as (

    select * from {{ ref('dim_supplier') }}

)

select
    waiting.purchase_line_id,
    lines.purchase_order_id,
    waiting.as_of_on,
    waiting.product_id,
    products.name as product_name,
    products.unit_code,
    lines.supplier_id,
    suppliers.name as supplier_name,
    waiting.milestone_id,
    milestones.name as milestone_name,
    waiting.project_id,
    projects.name as project_name,
    projects.region_code,
    coalesce(milestones.planned_start_on, milestones.planned_finish_on) as needed_on,
    waiting.promised_on,
    waiting.expected_on,
    date_diff('day', waiting.promised_on, waiting.expected_on) as late_days,
    lines.quantity_open,
    lines.line_reporting_amount as line_amount,
    {{ reporting_currency() }} as currency_code,
    waiting.project_shift_p50_days,
    waiting.project_shift_p80_days,
    waiting.moved_count,
    coalesce(options.option_count, 0) as option_count,
    best.option_code as best_option_code,
    best.project_days_saved_p50 as best_saved_p50_days,
    best.project_days_saved_p80 as best_saved_p80_days
from alternatives as waiting
left join lines on waiting.purchase_line_id = lines.purchase_line_id
left join milestones on waiting.milestone_id = milestones.milestone_id
left join projects on waiting.project_id = projects.project_id
left join products on waiting.product_id = products.product_id
left join suppliers on lines.supplier_id = suppliers.supplier_id
left join options on waiting.purchase_line_id = options.purchase_line_id
left join alternatives as best on waiting.purchase_line_id = best.purchase_line_id and best.option_rank = 1
where waiting.option_rank = 0
