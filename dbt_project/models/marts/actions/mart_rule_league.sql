with

items as (

    select * from {{ ref('mart_action_item') }}

),

cases as (

    select * from {{ ref('mart_rule_case') }}
    where change_value is not null

),

counted as (

    select
        rule_id,
        count(*) as item_count,
        count(*) filter (is_open) as open_count,
        count(*) filter (state_code = 'dismissed') as dismissed_count,
        count(*) filter (
            state_code <> 'dismissed' and (acknowledged_at is not null or state_code in ('done', 'verified'))
        ) as confirmed_count
    from items
    group by rule_id

),

precise as (

    select
        *,
        confirmed_count + dismissed_count as judged_count,
        {{ share('confirmed_count', '(confirmed_count + dismissed_count)') }} as precision_share,
        {{ figure_default('interval_z') }} as z
    from counted

),

-- Like with like: the taken on and the left alone of one phase and lateness, or of one segment.
likes as (

    select
        rule_id,
        like_code,
        count(*) filter (is_taken_on) as taken_count,
        count(*) filter (not is_taken_on) as left_count,
        avg(change_value) filter (is_taken_on) as taken_mean,
        avg(change_value) filter (not is_taken_on) as left_mean,
        var_samp(change_value) filter (is_taken_on) as taken_variance,
        var_samp(change_value) filter (not is_taken_on) as left_variance
    from cases
    group by rule_id, like_code

),

totals as (

    select
        rule_id,
        any_value(unit_code) as unit_code,
        count(*) filter (is_taken_on) as taken_count,
        count(*) filter (not is_taken_on) as left_count,
        avg(before_value) filter (is_taken_on) as before_mean,
        avg(after_value) filter (is_taken_on) as after_mean,
        var_samp(change_value) filter (is_taken_on) as taken_variance,
        var_samp(change_value) filter (not is_taken_on) as left_variance
    from cases
    group by rule_id

),

-- Weighted by how many were taken on; where a group has one case only, the spread of all stands in.
effects as (

    select
        likes.rule_id,
        sum(likes.taken_count) as matched_count,
        sum(likes.left_count) as control_count,
        sum(likes.taken_count * (likes.taken_mean - likes.left_mean)) / sum(likes.taken_count) as effect,
        sqrt(
            sum(
                likes.taken_count * likes.taken_count * (
                    coalesce(likes.taken_variance, totals.taken_variance) / likes.taken_count
                    + coalesce(likes.left_variance, totals.left_variance) / likes.left_count
                )
            )
        ) / sum(likes.taken_count) as deviation,
        bool_and(coalesce(likes.taken_variance, totals.taken_variance) is not null)
        and bool_and(coalesce(likes.left_variance, totals.left_variance) is not null) as has_spread
    from likes
    inner join totals on likes.rule_id = totals.rule_id
    where likes.taken_count > 0 and likes.left_count > 0
    group by likes.rule_id

)

select
    precise.rule_id,
    {{ as_of_on() }} as as_of_on,
    precise.item_count,
    precise.open_count,
    precise.confirmed_count,
    precise.dismissed_count,
    precise.judged_count,
    precise.precision_share,
    {{ share(
        '(precise.confirmed_count + precise.z * precise.z / 2 - precise.z * sqrt('
        ~ 'cast(precise.confirmed_count as double) * precise.dismissed_count / precise.judged_count + precise.z * precise.z / 4))',
        'case when precise.judged_count > 0 then precise.judged_count + precise.z * precise.z end'
    ) }} as precision_low_share,
    {{ share(
        '(precise.confirmed_count + precise.z * precise.z / 2 + precise.z * sqrt('
        ~ 'cast(precise.confirmed_count as double) * precise.dismissed_count / precise.judged_count + precise.z * precise.z / 4))',
        'case when precise.judged_count > 0 then precise.judged_count + precise.z * precise.z end'
    ) }} as precision_high_share,
    totals.unit_code,
    coalesce(totals.taken_count, 0) as taken_count,
    coalesce(totals.left_count, 0) as left_count,
    cast(coalesce(effects.matched_count, 0) as bigint) as matched_count,
    cast(coalesce(effects.control_count, 0) as bigint) as control_count,
    cast(round(totals.before_mean, 4) as decimal(18, 4)) as before_mean,
    cast(round(totals.after_mean, 4) as decimal(18, 4)) as after_mean,
    cast(round(effects.effect, 4) as decimal(18, 4)) as effect_mean,
    cast(round(case when effects.has_spread then effects.effect - precise.z * effects.deviation end, 4) as decimal(18, 4))
        as effect_low,
    cast(round(case when effects.has_spread then effects.effect + precise.z * effects.deviation end, 4) as decimal(18, 4))
        as effect_high,
    cast(round(case when totals.unit_code = 'days' then -effects.effect end, 4) as decimal(18, 4)) as days_saved_mean,
    -- Nobody is left alone by lot: what was taken on may differ from what was not in more than that.
    false as is_causal
from precise
left join totals on precise.rule_id = totals.rule_id
left join effects on precise.rule_id = effects.rule_id
