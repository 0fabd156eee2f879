with

customers as (

    select * from {{ ref('dim_customer') }}

),

days as (

    select
        {{ as_of_on() }} as measured_on,
        true as is_now
    union all
    select
        cast({{ as_of_on() }} - interval 12 month as date) as measured_on,
        false as is_now

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

contracts as (

    select
        customers.survivor_id as customer_id,
        contract.kind_code,
        contract.signed_on,
        contract.contract_amount,
        {{ converted('contract.contract_amount', 'contract.currency_code', 'rates.rate') }} as reporting_amount,
        coalesce(contract.starts_on, contract.signed_on) as starts_on,
        -- A closed contract without an end is over; one without an end that is not closed runs on.
        coalesce(contract.ends_on, case when contract.status_code = 'closed' then contract.signed_on end) as ends_on
    from {{ ref('stg_crm__contracts') }} as contract
    inner join customers on contract.customer_id = customers.customer_id
    asof left join rates
        on
            contract.currency_code = rates.currency_code
            and coalesce(contract.signed_on, {{ as_of_on() }}) >= rates.rate_on
    where contract.status_code in ('signed', 'closed') and coalesce(contract.signed_on <= {{ as_of_on() }}, true)

),

signed as (

    select
        customer_id,
        count(*) as contract_count,
        {{ whole_sum('reporting_amount', 'contract_amount') }} as contract_amount
    from contracts
    group by customer_id

),

projects as (

    select
        project.customer_id,
        coalesce(project.initiated_on, project.contract_signed_on, project.started_on) as initiated_on,
        project.is_open,
        project.status_code
    from {{ ref('dim_project') }} as project
    where coalesce(project.initiated_on <= {{ as_of_on() }}, true)

),

project_counts as (

    select
        customer_id,
        count(*) as project_count,
        count(*) filter (is_open) as open_project_count
    from projects
    group by customer_id

),

-- How deep the cooperation goes, on the business date and a year before: the deepest kind of contract in force, and how many contracts
-- and projects began in the 24 months before.
steps as (

    select
        contracts.customer_id,
        days.is_now,
        max(case contracts.kind_code when 'strategic' then 4 when 'framework' then 3 else 2 end)
            filter (contracts.starts_on <= days.measured_on and coalesce(contracts.ends_on >= days.measured_on, true))
            as contract_level,
        count(*) filter (
            contracts.signed_on <= days.measured_on and contracts.signed_on > days.measured_on - interval 24 month
        ) as begun_count
    from contracts
    cross join days
    group by contracts.customer_id, days.is_now
    union all
    select
        projects.customer_id,
        days.is_now,
        max(2) filter (projects.initiated_on <= days.measured_on) as contract_level,
        count(*) filter (
            projects.initiated_on <= days.measured_on and projects.initiated_on > days.measured_on - interval 24 month
        ) as begun_count
    from projects
    cross join days
    where coalesce(projects.status_code <> 'cancelled', true)
    group by projects.customer_id, days.is_now

),

depths as (

    select
        levels.customer_id,
        levels.is_now,
        levels.is_strategic,
        cast(
            round(
                {{ figure_default('depth_level_share') }} * case levels.level_no
                    when 4 then 100
                    when 3 then {{ figure_default('depth_framework_points') }}
                    when 2 then {{ figure_default('depth_project_points') }}
                    when 1 then {{ figure_default('depth_transactional_points') }}
                end
                + (1 - {{ figure_default('depth_level_share') }})
                * 100 * least(1, levels.begun_count / cast({{ figure_default('depth_full_count') }} as double)), 2
            ) as decimal(5, 2)
        ) as depth_score
    from (
        select
            customers.customer_id,
            days.is_now,
            coalesce(max(steps.contract_level) = 4, false) as is_strategic,
            greatest(
                max(
                    case customers.depth_code
                        when 'strategic' then 4
                        when 'framework' then 3
                        when 'project' then 2
                        when 'transactional' then 1
                    end
                ),
                max(steps.contract_level)
            ) as level_no,
            coalesce(sum(steps.begun_count), 0) as begun_count
        from customers
        cross join days
        left join steps
            on
                customers.customer_id = steps.customer_id
                and days.is_now = steps.is_now
        group by customers.customer_id, days.is_now
    ) as levels

),

ratings as (

    select
        rating.customer_id,
        rating.stars,
        rating.rated_on
    from {{ ref('int_rating_subject') }} as rating
    inner join customers on rating.customer_id = customers.customer_id
    where rating.is_current and rating.stars is not null

),

rating_counts as (

    select
        customer_id,
        count(*) as rating_count,
        sum(stars) as star_count,
        count(*) filter (stars >= {{ figure_default('satisfied_stars') }}) as satisfied_count,
        count(*) filter (rated_on > {{ as_of_on() }} - interval 12 month) as rating_12m_count,
        sum(stars) filter (rated_on > {{ as_of_on() }} - interval 12 month) as star_12m_count
    from ratings
    group by customer_id

),

-- Mean stars of 24 months, drawn to the mean of all customers where they are few: one rating is no opinion yet.
opinions as (

    select
        customers.customer_id,
        days.is_now,
        count(ratings.stars) as star_ratings,
        coalesce(sum(ratings.stars), 0) as star_sum
    from customers
    cross join days
    left join ratings
        on
            customers.customer_id = ratings.customer_id
            and days.measured_on >= ratings.rated_on
            and days.measured_on - interval 24 month < ratings.rated_on
    where not customers.is_merged
    group by customers.customer_id, days.is_now

),

satisfaction as (

    select
        opinions.customer_id,
        opinions.is_now,
        cast(
            round(
                (
                    opinions.star_sum + {{ figure_default('satisfaction_prior_count') }}
                    * (sum(opinions.star_sum) over (partition by opinions.is_now))
                    / nullif(cast(sum(opinions.star_ratings) over (partition by opinions.is_now) as double), 0)
                ) / (opinions.star_ratings + {{ figure_default('satisfaction_prior_count') }}), 2
            ) as decimal(5, 2)
        ) as satisfaction_stars
    from opinions

),

complaints as (

    select
        customer_id,
        count(*) as complaint_count,
        count(*) filter (received_on > {{ as_of_on() }} - interval 12 month) as complaint_12m_count
    from {{ ref('fct_complaint') }}
    where is_counted
    group by customer_id

),

-- Work orders finished within twelve months, and those whose service level was due in them.
work_orders as (

    select
        customer_id,
        count(*) filter (
            is_finished and finished_on > {{ as_of_on() }} - interval 12 month and finished_on <= {{ as_of_on() }}
        ) as finished_12m_count,
        count(*) filter (is_sla_due and due_on > {{ as_of_on() }} - interval 12 month) as sla_due_12m_count,
        count(*) filter (is_sla_met and due_on > {{ as_of_on() }} - interval 12 month) as sla_met_12m_count
    from {{ ref('int_work_order_sla') }}
    group by customer_id

),

deliveries as (

    select
        customer_id,
        count(*) as delivered_12m_count
    from {{ ref('fct_order') }}
    where
        not is_cancelled
        and delivered_on <= {{ as_of_on() }}
        and delivered_on > {{ as_of_on() }} - interval 12 month
    group by customer_id

)

select
    customers.customer_id,
    coalesce(project_counts.project_count, 0) as project_count,
    coalesce(project_counts.open_project_count, 0) as open_project_count,
    coalesce(signed.contract_count, 0) as contract_count,
    signed.contract_amount,
    depth.is_strategic as has_strategic_contract,
    depth.depth_score,
    earlier_depth.depth_score as earlier_depth_score,
    coalesce(rating_counts.rating_count, 0) as rating_count,
    rating_counts.star_count,
    coalesce(rating_counts.satisfied_count, 0) as satisfied_count,
    coalesce(rating_counts.rating_12m_count, 0) as rating_12m_count,
    rating_counts.star_12m_count,
    opinion.satisfaction_stars,
    earlier_opinion.satisfaction_stars as earlier_satisfaction_stars,
    coalesce(complaints.complaint_count, 0) as complaint_count,
    coalesce(complaints.complaint_12m_count, 0) as complaint_12m_count,
    coalesce(deliveries.delivered_12m_count, 0) + coalesce(work_orders.finished_12m_count, 0) as job_12m_count,
    coalesce(work_orders.sla_due_12m_count, 0) as sla_due_12m_count,
    coalesce(work_orders.sla_met_12m_count, 0) as sla_met_12m_count
from customers
left join signed on customers.customer_id = signed.customer_id
left join project_counts on customers.customer_id = project_counts.customer_id
left join depths as depth on customers.customer_id = depth.customer_id and depth.is_now
left join depths as earlier_depth on customers.customer_id = earlier_depth.customer_id and not earlier_depth.is_now
left join rating_counts on customers.customer_id = rating_counts.customer_id
left join satisfaction as opinion on customers.customer_id = opinion.customer_id and opinion.is_now
left join satisfaction as earlier_opinion
    on customers.customer_id = earlier_opinion.customer_id and not earlier_opinion.is_now
left join complaints on customers.customer_id = complaints.customer_id
left join deliveries on customers.customer_id = deliveries.customer_id
left join work_orders on customers.customer_id = work_orders.customer_id
where not customers.is_merged
