with

projects as (

    select * from {{ ref('stg_projects__projects') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

pilots as (

    -- The pilot began in a city with the first project that belongs to it.
    select
        city,
        min(initiated_on) as pilot_started_on
    from projects
    where is_pilot and city is not null and initiated_on <= {{ as_of_on() }}
    group by city

)

select
    projects.project_id,
    coalesce(customers.survivor_id, projects.customer_id) as customer_id,
    projects.contract_id,
    projects.name,
    projects.type_code,
    projects.region_code,
    projects.province,
    projects.city,
    projects.site_id,
    projects.manager_id,
    projects.stage_code,
    projects.status_code,
    projects.contract_amount,
    projects.budget_amount,
    projects.currency_code,
    {{ converted('projects.contract_amount', 'projects.currency_code', 'rates.rate') }} as contract_reporting_amount,
    {{ converted('projects.budget_amount', 'projects.currency_code', 'rates.rate') }} as budget_reporting_amount,
    projects.initiated_on,
    projects.contract_signed_on,
    projects.planned_start_on,
    projects.planned_finish_on,
    projects.started_on,
    projects.finished_on,
    coalesce(projects.status_code not in ('completed', 'cancelled'), projects.finished_on is null) as is_open,
    coalesce(projects.is_pilot, false) as is_pilot,
    pilots.pilot_started_on,
    case
        when projects.is_pilot then 'after'
        -- In a pilot city, begun before the pilot: what the pilot is compared with.
        when projects.initiated_on < pilots.pilot_started_on then 'before'
        else 'none'
    end as pilot_code,
    projects.device_count
from projects
left join customers on projects.customer_id = customers.customer_id
left join pilots on projects.city = pilots.city
asof left join rates
    on
        projects.currency_code = rates.currency_code
        and coalesce(projects.contract_signed_on, projects.initiated_on, {{ as_of_on() }}) >= rates.rate_on
