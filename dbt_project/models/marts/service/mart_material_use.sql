with

uses as (

    select * from {{ ref('stg_work__material_use') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

products as (

    select * from {{ ref('dim_product') }}

)

select
    uses.material_use_id,
    uses.project_id,
    projects.site_id,
    projects.region_code,
    uses.milestone_id,
    uses.work_order_id,
    uses.crew_id,
    uses.product_id,
    products.name as product_name,
    products.unit_code,
    uses.used_on,
    cast(date_trunc('month', uses.used_on) as date) as used_month_on,
    {{ as_of_on() }} as as_of_on,
    uses.quantity_used,
    uses.quantity_planned,
    uses.quantity_wasted,
    -- Use without a plan can be held against none.
    uses.quantity_planned is not null as is_planned,
    {{ share('uses.quantity_used', 'uses.quantity_planned') }} as material_use_share
from uses
left join projects on uses.project_id = projects.project_id
left join products on uses.product_id = products.product_id
where uses.used_on <= {{ as_of_on() }}
