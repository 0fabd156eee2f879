with

budgets as (

    select * from {{ ref('stg_erp__budgets') }}
    -- A version approved later is not known yet; the months of a budget lie ahead by nature.
    where coalesce(approved_on <= {{ as_of_on() }}, true)

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

dated as (

    select
        budgets.*,
        coalesce(budgets.approved_on, budgets.period_on) as rate_day_on,
        -- The newest version replaces the ones before it as a whole; 0 is the frozen baseline.
        budgets.version_no = max(budgets.version_no) over (partition by budgets.project_id) as is_current
    from budgets

)

select
    concat_ws('/', dated.project_id, dated.cost_code, dated.period_on, dated.version_no) as budget_id,
    dated.project_id,
    dated.cost_code,
    dated.period_on as month_on,
    dated.version_no,
    dated.milestone_id,
    dated.budget_amount,
    dated.currency_code,
    {{ converted('dated.budget_amount', 'dated.currency_code', 'rates.rate') }} as budget_reporting_amount,
    dated.approved_on,
    dated.approved_by,
    dated.version_no = 0 as is_baseline,
    dated.is_current
from dated
asof left join rates on dated.currency_code = rates.currency_code and dated.rate_day_on >= rates.rate_on
