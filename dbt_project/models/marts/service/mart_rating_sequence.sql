with

ratings as (

    select *
    from {{ ref('fct_rating') }}
    -- Service orders of every kind; an order that nobody rated is no event here and so breaks nothing.
    where is_current and work_order_id is not null and customer_id is not null

),

customers as (

    select * from {{ ref('dim_customer') }}

),

managers as (

    select * from {{ ref('stg_ref__region_managers') }}

),

closings as (

    select
        closed.customer_id,
        closed.closed_at
    from {{ care_plan_closings() }} as closed

),

events as (

    select
        customer_id,
        rated_at as happened_at,
        rating_id,
        work_order_id,
        stars,
        rated_on,
        is_low,
        false as is_closing
    from ratings
    union all
    select
        customer_id,
        closed_at as happened_at,
        null as rating_id,
        null as work_order_id,
        null as stars,
        null as rated_on,
        false as is_low,
        true as is_closing
    from closings

),

-- A run of low ratings ends with a better one, with the closing of a care plan, and with a year of silence.
marked as (

    select
        events.*,
        not events.is_low
        or coalesce(
            events.rated_on > lag(events.rated_on) over (
                partition by events.customer_id
                order by events.happened_at, events.is_closing, events.rating_id
            ) + cast({{ figure_default('rating_sequence_days') }} as integer),
            false
        ) as is_break
    from events

),

runs as (

    select
        marked.*,
        sum(cast(marked.is_break as integer)) over (
            partition by marked.customer_id
            order by marked.happened_at, marked.is_closing, marked.rating_id
            rows unbounded preceding
        ) as run_no
    from marked

),

-- The second low rating of a run is found; a third and a fourth belong to the same case.
found as (

    select
        runs.customer_id,
        runs.rating_id as second_rating_id,
        runs.work_order_id as second_work_order_id,
        runs.stars as second_stars,
        runs.happened_at as second_rated_at,
        runs.rated_on as found_on,
        lag(runs.rating_id) over run as first_rating_id,
        lag(runs.work_order_id) over run as first_work_order_id,
        lag(runs.stars) over run as first_stars,
        lag(runs.happened_at) over run as first_rated_at,
        row_number() over run as place,
        count(*) over (partition by runs.customer_id, runs.run_no) as low_rating_count
    from runs
    where runs.is_low
    window run as (partition by runs.customer_id, runs.run_no order by runs.happened_at, runs.rating_id)

),

sequences as (

    select
        found.*,
        customers.name as customer_name,
        customers.region_code
    from found
    left join customers on found.customer_id = customers.customer_id
    where found.place = 2

),

responsible as (

    -- Of terms that overlap, the one that began last.
    select
        sequences.second_rating_id,
        arg_max(managers.person_id, (managers.valid_from_on, managers.person_id)) as manager_id
    from sequences
    inner join managers
        on
            sequences.region_code = managers.region_code
            and sequences.found_on >= managers.valid_from_on
            and sequences.found_on <= coalesce(managers.valid_to_on, sequences.found_on)
    group by sequences.second_rating_id

)

select
    sequences.second_rating_id as rating_sequence_id,
    sequences.customer_id,
    sequences.customer_name,
    sequences.region_code,
    sequences.first_rating_id,
    sequences.first_work_order_id,
    cast(sequences.first_stars as bigint) as first_stars,
    sequences.first_rated_at,
    sequences.second_rating_id,
    sequences.second_work_order_id,
    cast(sequences.second_stars as bigint) as second_stars,
    sequences.second_rated_at,
    sequences.found_on,
    cast(date_trunc('month', sequences.found_on) as date) as found_month_on,
    sequences.low_rating_count,
    responsible.manager_id,
    responsible.manager_id is null as is_national_queue,
    sequences.found_on > {{ as_of_on() }} - cast({{ figure_default('rating_sequence_days') }} as integer) as is_recent,
    {{ as_of_on() }} as as_of_on
from sequences
left join responsible on sequences.second_rating_id = responsible.second_rating_id
