with recursive

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

-- A duplicate points to the customer it was merged into; a pointer to itself or to nobody is none.
pointers as (

    select
        customers.customer_id,
        customers.merged_into_id
    from customers
    inner join customers as targets on customers.merged_into_id = targets.customer_id
    where customers.merged_into_id <> customers.customer_id

),

-- Along the pointers until there is none or a place comes again: `path` holds every place once.
walks as (

    select
        customer_id,
        merged_into_id as reached_id,
        [customer_id, merged_into_id] as path
    from pointers
    union all
    select
        walks.customer_id,
        pointers.merged_into_id as reached_id,
        list_append(walks.path, pointers.merged_into_id) as path
    from walks
    inner join pointers on walks.reached_id = pointers.customer_id
    where not list_contains(walks.path, pointers.merged_into_id)

),

-- Who is left at the end; where customers point in a circle, the smallest id of the circle.
survivors as (

    select
        ends.customer_id,
        case
            when back.merged_into_id is null then ends.reached_id
            else list_min(ends.path[list_position(ends.path, back.merged_into_id):])
        end as survivor_id
    from (
        select *
        from walks
        qualify row_number() over (partition by customer_id order by len(path) desc) = 1
    ) as ends
    left join pointers as back on ends.reached_id = back.customer_id

),

tags as (

    select
        coalesce(survivors.survivor_id, tag.customer_id) as customer_id,
        count(distinct tag.tag_code) as tag_count,
        string_agg(distinct tag.tag_code, ',' order by tag.tag_code) as tag_codes
    from {{ ref('stg_crm__tags') }} as tag
    left join survivors on tag.customer_id = survivors.customer_id
    where coalesce(tag.tagged_on <= {{ as_of_on() }}, true)
    group by coalesce(survivors.survivor_id, tag.customer_id)

)

select
    customers.customer_id,
    coalesce(survivors.survivor_id, customers.customer_id) as survivor_id,
    coalesce(survivors.survivor_id <> customers.customer_id, false) as is_merged,
    customers.name,
    coalesce(customers.segment_code, 'other') as segment_code,
    customers.industry_code,
    customers.depth_code,
    customers.region_code,
    customers.province,
    customers.city,
    customers.country_code,
    customers.account_manager_id,
    customers.credit_days,
    customers.credit_limit_amount,
    customers.currency_code,
    customers.since_on,
    coalesce(customers.is_active, true) and coalesce(survivors.survivor_id = customers.customer_id, true) as is_active,
    coalesce(tags.tag_count, 0) as tag_count,
    tags.tag_codes
from customers
left join survivors on customers.customer_id = survivors.customer_id
left join tags on customers.customer_id = tags.customer_id
