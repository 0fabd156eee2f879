with

inspections as (

    select * from {{ ref('stg_work__inspections') }}

),

milestones as (

    select * from {{ ref('stg_projects__milestones') }}

),

work_orders as (

    select * from {{ ref('fct_work_order') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

sites as (

    select * from {{ ref('stg_ref__sites') }}

),

subjects as (

    select
        inspections.inspection_id,
        coalesce(inspections.project_id, milestones.project_id, work_orders.project_id) as project_id,
        inspections.milestone_id,
        inspections.work_order_id,
        inspections.site_id,
        coalesce(inspections.crew_id, milestones.crew_id, work_orders.crew_id) as crew_id,
        coalesce(inspections.product_id, work_orders.product_id) as product_id,
        -- What is visited until it passes: a milestone, else a work order, else what lies at one place.
        concat(
            coalesce(
                'M' || inspections.milestone_id,
                'W' || inspections.work_order_id,
                'P' || coalesce(inspections.project_id, inspections.site_id) || '/' || coalesce(inspections.product_id, ''),
                'I' || inspections.inspection_id
            ),
            '/',
            inspections.kind_code
        ) as subject_id,
        milestones.phase_code,
        inspections.kind_code,
        inspections.attempt_no,
        inspections.inspected_on,
        inspections.is_passed,
        inspections.item_count,
        inspections.failed_count,
        inspections.findings
    from inspections
    left join milestones on inspections.milestone_id = milestones.milestone_id
    left join work_orders on inspections.work_order_id = work_orders.work_order_id
    where inspections.inspected_on <= {{ as_of_on() }}

),

numbered as (

    select
        subjects.*,
        row_number() over (
            partition by subjects.subject_id order by subjects.attempt_no, subjects.inspected_on, subjects.inspection_id
        ) = 1 as is_first
    from subjects

)

select
    numbered.inspection_id,
    numbered.subject_id,
    numbered.project_id,
    projects.customer_id,
    numbered.milestone_id,
    numbered.work_order_id,
    coalesce(numbered.site_id, projects.site_id) as site_id,
    numbered.crew_id,
    numbered.product_id,
    coalesce(sites.region_code, projects.region_code) as region_code,
    coalesce(sites.city, projects.city) as city,
    -- Goods on arrival are the supplier's doing: no stage of the work.
    case
        when coalesce(numbered.kind_code, '-') <> 'incoming' then coalesce(numbered.phase_code, numbered.kind_code, '-')
    end as stage_code,
    numbered.kind_code,
    numbered.attempt_no,
    numbered.inspected_on,
    cast(date_trunc('month', numbered.inspected_on) as date) as inspected_month_on,
    {{ service_month_id('numbered.inspected_on', 'coalesce(sites.region_code, projects.region_code)') }} as service_month_id,
    numbered.is_passed,
    numbered.item_count,
    numbered.failed_count,
    numbered.findings,
    numbered.is_first,
    numbered.is_first and coalesce(numbered.kind_code, '-') <> 'incoming' as is_first_held,
    -- A second visit never repairs the first, and a visit numbered two says that there was a first that failed.
    numbered.is_first
    and coalesce(numbered.kind_code, '-') <> 'incoming'
    and numbered.attempt_no = 1
    and numbered.is_passed as is_first_passed
from numbered
left join projects on numbered.project_id = projects.project_id
left join sites on coalesce(numbered.site_id, projects.site_id) = sites.site_id
