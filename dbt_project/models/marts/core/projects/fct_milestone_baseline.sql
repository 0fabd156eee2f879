with

baselines as (

    select * from {{ ref('stg_projects__baselines') }}

),

milestones as (

    select * from {{ ref('stg_projects__milestones') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

approved as (

    select
        milestone_id,
        version_no,
        project_id,
        'baseline' as origin_code,
        approved_on,
        approved_by,
        planned_start_on,
        planned_finish_on,
        budget_amount,
        currency_code,
        reason
    from baselines
    where approved_on <= {{ as_of_on() }}

),

versions as (

    select * from approved
    union all by name
    -- A source without baselines has one version: the plan that its milestones carry.
    select
        milestones.milestone_id,
        0 as version_no,
        milestones.project_id,
        'milestone' as origin_code,
        milestones.planned_start_on,
        milestones.planned_finish_on,
        milestones.budget_amount,
        milestones.currency_code
    from milestones
    anti join approved on milestones.milestone_id = approved.milestone_id

),

dated as (

    -- One day for all of a milestone's amounts, so that exchange rates make no variance of cost.
    select
        versions.*,
        coalesce(
            min(versions.approved_on) over (partition by versions.milestone_id),
            projects.contract_signed_on,
            projects.initiated_on,
            {{ as_of_on() }}
        ) as rated_on
    from versions
    left join projects on versions.project_id = projects.project_id

)

select
    dated.milestone_id || '/' || dated.version_no as milestone_baseline_id,
    dated.milestone_id,
    dated.version_no,
    dated.project_id,
    dated.origin_code,
    dated.approved_on,
    dated.approved_by,
    dated.planned_start_on,
    dated.planned_finish_on,
    date_diff(
        'day',
        lag(dated.planned_finish_on) over (partition by dated.milestone_id order by dated.version_no),
        dated.planned_finish_on
    ) as moved_days,
    dated.budget_amount,
    dated.currency_code,
    case when dated.currency_code = {{ reporting_currency() }} then 1 else rates.rate end as reporting_rate,
    {{ converted('dated.budget_amount', 'dated.currency_code', 'rates.rate') }} as budget_reporting_amount,
    dated.reason,
    row_number() over (partition by dated.milestone_id order by dated.version_no) = 1 as is_frozen,
    row_number() over (
        partition by dated.milestone_id order by dated.approved_on desc nulls last, dated.version_no desc
    ) = 1 as is_approved
from dated
asof left join rates on dated.currency_code = rates.currency_code and dated.rated_on >= rates.rate_on
