with

links as (

    select * from {{ ref('stg_projects__milestone_links') }}

),

milestones as (

    select * from {{ ref('stg_projects__milestones') }}

)

select
    links.predecessor_id || '>' || links.successor_id as milestone_link_id,
    links.predecessor_id,
    links.successor_id,
    successors.project_id,
    links.type_code,
    coalesce(links.lag_days, 0) as lag_days,
    coalesce(predecessors.project_id = successors.project_id, false) as is_within_project
from links
left join milestones as successors on links.successor_id = successors.milestone_id
left join milestones as predecessors on links.predecessor_id = predecessors.milestone_id
