with

stage_events as (

    select * from {{ ref('fct_stage_event') }}

),

orders as (

    select * from {{ ref('stg_erp__orders') }}

),

production_orders as (

    select * from {{ ref('stg_mes__production_orders') }}

),

picks as (

    select * from {{ ref('stg_wms__picks') }}

),

work_orders as (

    select * from {{ ref('stg_work__work_orders') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

context as (

    select
        -- The business date ends at this moment (UTC).
        {{ day_start('as_of_on + 1', 'time_zone') }} as ends_at
    from {{ source('build', 'build_context') }}

),

hand_offs as (

    select
        'stage' as kind_code,
        event_id as subject_id,
        project_id,
        coalesce(previous_team_code, 'other') as from_team_code,
        coalesce(team_code, 'other') as to_team_code,
        released_at,
        entered_at as taken_at,
        false as is_void
    from stage_events
    where previous_event_id is not null
    union all
    -- An order confirmed by sales is taken over when the factory has received it.
    select
        'production' as kind_code,
        production_orders.production_order_id as subject_id,
        coalesce(production_orders.project_id, orders.project_id) as project_id,
        'sales' as from_team_code,
        'production' as to_team_code,
        orders.confirmed_at as released_at,
        production_orders.received_at as taken_at,
        coalesce(production_orders.status_code = 'cancelled', false) as is_void
    from production_orders
    inner join orders on production_orders.order_id = orders.order_id
    union all
    -- Made goods wait for the warehouse to begin picking.
    select
        'picking' as kind_code,
        picks.pick_id as subject_id,
        coalesce(production_orders.project_id, orders.project_id) as project_id,
        'production' as from_team_code,
        'supply' as to_team_code,
        production_orders.finished_at as released_at,
        picks.started_at as taken_at,
        coalesce(picks.status_code = 'cancelled', false) as is_void
    from picks
    inner join production_orders
        on
            picks.order_id = production_orders.order_id
            and picks.line_no = production_orders.line_no
            and picks.product_id = production_orders.product_id
    left join orders on picks.order_id = orders.order_id
    union all
    -- Work written by the project's technicians, or by the service desk, waits for an engineer.
    select
        'dispatch' as kind_code,
        work_order_id as subject_id,
        project_id,
        case when milestone_id is not null then 'technical' else 'service' end as from_team_code,
        'service' as to_team_code,
        created_at as released_at,
        coalesce(assigned_at, arrived_at, finished_at) as taken_at,
        coalesce(status_code = 'cancelled', false) as is_void
    from work_orders

),

known as (

    select
        hand_offs.kind_code || '/' || hand_offs.subject_id as hand_off_id,
        hand_offs.kind_code,
        hand_offs.subject_id,
        hand_offs.project_id,
        hand_offs.from_team_code,
        hand_offs.to_team_code,
        hand_offs.released_at,
        case when hand_offs.taken_at < context.ends_at then hand_offs.taken_at end as taken_at,
        {{ local_date('hand_offs.released_at', time_zone()) }} as released_on,
        context.ends_at
    from hand_offs
    cross join context
    where hand_offs.released_at < context.ends_at and not hand_offs.is_void
    -- One pick may serve a line that was made in several production orders: it waited for the last of them.
    qualify
        row_number() over (
            partition by hand_offs.kind_code, hand_offs.subject_id
            order by hand_offs.released_at desc, hand_offs.project_id nulls last
        ) = 1

)

select
    known.hand_off_id,
    known.kind_code,
    known.subject_id,
    known.kind_code || '/' || known.from_team_code || '/' || known.to_team_code as hand_off_pair_id,
    known.from_team_code,
    known.to_team_code,
    known.project_id,
    projects.customer_id,
    projects.region_code,
    projects.city,
    known.released_at,
    known.released_on,
    cast(date_trunc('month', known.released_on) as date) as released_month_on,
    known.taken_at,
    known.taken_at is null as is_waiting,
    -- Taken over before it was let go means that nobody waited.
    case
        when known.taken_at is not null
            then cast(
                round(greatest((epoch_ms(known.taken_at) - epoch_ms(known.released_at)) / 3600000.0, 0), 4) as decimal(18, 4)
            )
    end as wait_hours,
    case
        when known.taken_at is null
            then cast(round((epoch_ms(known.ends_at) - epoch_ms(known.released_at)) / 3600000.0, 4) as decimal(18, 4))
    end as waiting_hours
from known
left join projects on known.project_id = projects.project_id
