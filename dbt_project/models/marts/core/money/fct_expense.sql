with

expenses as (

    select * from {{ ref('stg_erp__expenses') }}
    where spent_on <= {{ as_of_on() }}

),

work_orders as (

    select work_orders.* replace (coalesce(customers.survivor_id, work_orders.customer_id) as customer_id)
    from {{ ref('stg_work__work_orders') }} as work_orders
    left join {{ ref('dim_customer') }} as customers on work_orders.customer_id = customers.customer_id

),

projects as (

    select * from {{ ref('dim_project') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

build_context as (

    select * from {{ source('build', 'build_context') }}

),

closed_orders as (

    -- A closed order without its closing time was closed when the work was finished.
    select
        work_orders.work_order_id,
        {{ local_date(
            "coalesce(work_orders.closed_at, case when work_orders.status_code = 'closed' then work_orders.finished_at end)",
            'build_context.time_zone'
        ) }} + cast({{ figure_default('expense_after_close_days') }} as integer) as last_good_on
    from work_orders
    cross join build_context

),

joined as (

    select
        expenses.*,
        coalesce(expenses.project_id, work_orders.project_id) as charged_project_id,
        coalesce(projects.customer_id, work_orders.customer_id) as customer_id,
        work_orders.kind_code as work_order_kind_code,
        case
            when coalesce(trim(expenses.work_order_id), '') = '' then 'no_order'
            when work_orders.work_order_id is null then 'unknown_order'
            when expenses.project_id <> work_orders.project_id then 'foreign_order'
            -- An order without a project may still be another customer's.
            when work_orders.project_id is null and projects.customer_id <> work_orders.customer_id then 'foreign_order'
            when work_orders.status_code = 'cancelled' then 'closed_order'
            when expenses.spent_on > closed_orders.last_good_on then 'closed_order'
            else 'traced'
        end as trace_code,
        coalesce(expenses.status_code, 'booked') = 'booked'
        and coalesce(expenses.booked_on, expenses.spent_on) <= {{ as_of_on() }} as is_booked,
        coalesce(expenses.status_code = 'rejected', false) as is_rejected
    from expenses
    left join work_orders on expenses.work_order_id = work_orders.work_order_id
    left join closed_orders on expenses.work_order_id = closed_orders.work_order_id
    left join projects on coalesce(expenses.project_id, work_orders.project_id) = projects.project_id

)

select
    joined.expense_id,
    joined.work_order_id,
    joined.work_order_kind_code,
    joined.charged_project_id as project_id,
    joined.milestone_id,
    joined.supplier_id,
    joined.customer_id,
    joined.cost_code,
    joined.status_code,
    joined.trace_code,
    joined.spent_on,
    joined.booked_on,
    case
        when joined.is_booked then cast(date_trunc('month', coalesce(joined.booked_on, joined.spent_on)) as date)
    end as month_on,
    joined.expense_amount,
    joined.currency_code,
    {{ converted('joined.expense_amount', 'joined.currency_code', 'rates.rate') }} as expense_reporting_amount,
    joined.is_booked,
    joined.trace_code = 'traced' as is_traced,
    joined.is_booked and joined.trace_code = 'traced' as is_cost,
    not joined.is_booked and not joined.is_rejected as is_claimed,
    joined.claimed_by,
    joined.approved_by,
    joined.description
from joined
asof left join rates on joined.currency_code = rates.currency_code and joined.spent_on >= rates.rate_on
