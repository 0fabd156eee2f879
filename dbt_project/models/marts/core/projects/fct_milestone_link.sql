with

links as (

    select * from {{ ref('stg_projects__milestone_links') }}

),

milestones as (

    select * from {{ ref('stg_projects__milestones') }}

),

-- What people set in the cockpit, the newest of each milestone; taken back, the source's links hold again.
decided as (

    select
        subject_id as successor_id,
        arg_max(payload, sequence_no) as payload
    from {{ ref('stg_actions__events') }}
    where kind_code = 'set_predecessors' and is_effective
    group by subject_id

),

set_links as (

    select
        successor_id,
        unnest(
            from_json(
                json_extract(payload, '$.new_links'),
                '[{"predecessor_id": "VARCHAR", "type_code": "VARCHAR", "lag_days": "BIGINT"}]'
            )
        ) as link
    from decided

),

standing as (

    select
        links.predecessor_id,
        links.successor_id,
        links.type_code,
        links.lag_days
    from links
    left join decided on links.successor_id = decided.successor_id
    where decided.successor_id is null

    union all

    -- A source may since have dropped either end of what was set.
    select
        set_links.link.predecessor_id as predecessor_id,
        set_links.successor_id,
        set_links.link.type_code as type_code,
        set_links.link.lag_days as lag_days
    from set_links
    inner join milestones as successors on set_links.successor_id = successors.milestone_id
    inner join milestones as predecessors on set_links.link.predecessor_id = predecessors.milestone_id

)

select
    standing.predecessor_id || '>' || standing.successor_id as milestone_link_id,
    standing.predecessor_id,
    standing.successor_id,
    successors.project_id,
    standing.type_code,
    coalesce(standing.lag_days, 0) as lag_days,
    coalesce(predecessors.project_id = successors.project_id, false) as is_within_project
from standing
left join milestones as successors on standing.successor_id = successors.milestone_id
left join milestones as predecessors on standing.predecessor_id = predecessors.milestone_id
