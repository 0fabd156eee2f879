with

cycles as (

    select * from {{ ref('mart_project_cycle') }}
    where pilot_code in ('before', 'after')

),

claims as (

    select * from {{ ref('source_claim') }}

),

medians as (

    -- Half of the compared projects are large, half small; one with an unknown amount is neither.
    select median(contract_amount) as contract_amount
    from cycles

),

cohort as (

    select
        cycles.*,
        concat_ws(
            '/',
            coalesce(cycles.type_code, 'unknown'),
            case
                when cycles.contract_amount > medians.contract_amount then 'large'
                when cycles.contract_amount is not null then 'small'
                else 'unknown'
            end
        ) as stratum
    from cycles
    cross join medians

),

measures as (

    select 'project_cycle' as figure_code, project_id, city, pilot_code, pilot_started_on, stratum, cycle_days as days
    from cohort
    union all
    select 'delivery_cycle' as figure_code, project_id, city, pilot_code, pilot_started_on, stratum, delivery_cycle_days as days
    from cohort
    union all
    select 'start' as figure_code, project_id, city, pilot_code, pilot_started_on, stratum, start_days as days
    from cohort

),

scoped as (

    -- Each project counts for its city and for all cities; NULL stands for all.
    select measures.* from measures
    union all
    select measures.* replace (cast(null as varchar) as city) from measures

),

counted as (

    select
        figure_code,
        city,
        min(pilot_started_on) as pilot_started_on,
        count(*) filter (pilot_code = 'before') as before_project_count,
        count(*) filter (pilot_code = 'after') as after_project_count,
        count(days) filter (pilot_code = 'before') as before_count,
        count(days) filter (pilot_code = 'after') as after_count,
        sum(days) filter (pilot_code = 'before') as before_sum,
        sum(days) filter (pilot_code = 'after') as after_sum,
        sum(days * days) filter (pilot_code = 'before') as before_square_sum,
        sum(days * days) filter (pilot_code = 'after') as after_square_sum,
        median(days) filter (pilot_code = 'before') as before_median,
        median(days) filter (pilot_code = 'after') as after_median
    from scoped
    group by figure_code, city

),

strata as (

    select
        figure_code,
        city,
        stratum,
        count(days) filter (pilot_code = 'after') as after_count,
        sum(days) filter (pilot_code = 'after') as after_sum,
        -- What the projects of this kind would have taken before.
        count(days) filter (pilot_code = 'after')
        * (sum(days) filter (pilot_code = 'before') / cast(count(days) filter (pilot_code = 'before') as double)) as expected_sum
    from scoped
    group by figure_code, city, stratum
    having count(days) filter (pilot_code = 'before') > 0 and count(days) filter (pilot_code = 'after') > 0

),

alike as (

    select
        figure_code,
        city,
        sum(after_count) as alike_count,
        sum(after_sum) as alike_sum,
        {{ exact_sum('expected_sum') }} as expected_sum
    from strata
    group by figure_code, city

),

spread as (

    -- Variances of the means from whole numbers, so that the order of rows cannot show.
    select
        counted.*,
        before_sum / cast(nullif(before_count, 0) as double) as before_mean,
        after_sum / cast(nullif(after_count, 0) as double) as after_mean,
        (before_count * before_square_sum - before_sum * before_sum)
        / nullif(cast(before_count as double) * before_count * (before_count - 1), 0) as before_variance,
        (after_count * after_square_sum - after_sum * after_sum)
        / nullif(cast(after_count as double) * after_count * (after_count - 1), 0) as after_variance,
        after_mean / nullif(before_mean, 0) - 1 as change,
        -- The spread of a ratio of two means (delta method).
        {{ figure_default('interval_z') }} * sqrt(
            after_variance / nullif(before_mean * before_mean, 0)
            + before_variance * after_mean * after_mean / nullif(before_mean * before_mean * before_mean * before_mean, 0)
        ) as half_width
    from counted

)

select
    spread.figure_code || '/' || coalesce(spread.city, 'all') as comparison_id,
    spread.figure_code,
    spread.city,
    case when spread.city is null then 'all' else 'city' end as scope_code,
    {{ as_of_on() }} as as_of_on,
    spread.pilot_started_on,
    spread.before_project_count,
    spread.after_project_count,
    spread.before_count,
    spread.after_count,
    spread.after_project_count - spread.after_count as after_open_count,
    cast(round(spread.before_mean, 2) as decimal(18, 2)) as before_mean_days,
    cast(round(spread.after_mean, 2) as decimal(18, 2)) as after_mean_days,
    cast(round(spread.before_median, 2) as decimal(18, 2)) as before_median_days,
    cast(round(spread.after_median, 2) as decimal(18, 2)) as after_median_days,
    cast(round(spread.change, 6) as decimal(18, 6)) as change_share,
    cast(round(spread.change - spread.half_width, 6) as decimal(18, 6)) as change_low_share,
    cast(round(spread.change + spread.half_width, 6) as decimal(18, 6)) as change_high_share,
    cast(coalesce(alike.alike_count, 0) as bigint) as like_for_like_count,
    cast(round(alike.alike_sum / nullif(alike.expected_sum, 0) - 1, 6) as decimal(18, 6)) as like_for_like_change_share,
    claims.claim_code,
    cast(claims.value as decimal(18, 6)) as claimed_change_share
from spread
left join alike
    on spread.figure_code = alike.figure_code and spread.city is not distinct from alike.city
left join claims
    on spread.figure_code = claims.comparison_code
