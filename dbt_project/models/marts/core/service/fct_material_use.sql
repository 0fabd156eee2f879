with

uses as (

    select * from {{ ref('stg_work__material_use') }}

),

projects as (

    select * from {{ ref('dim_project') }}

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
    uses.used_on,
    cast(date_trunc('month', uses.used_on) as date) as used_month_on,
    uses.quantity_used,
    uses.quantity_planned,
    uses.quantity_wasted,
    -- Only what was planned can be held against a plan.
    uses.quantity_planned is not null as is_planned
from uses
left join projects on uses.project_id = projects.project_id
where uses.used_on <= {{ as_of_on() }}
