with

items as (

    select
        *,
        -- Somebody took it on, whatever became of it; what somebody dismissed was left alone on purpose.
        state_code <> 'dismissed' and (acknowledged_at is not null or state_code in ('done', 'verified')) as is_taken_on
    from {{ ref('mart_action_item') }}

),

milestones as (

    select
        *,
        planned_finish_on + cast(threshold_days as integer) + 1 as crossed_on
    from {{ ref('fct_milestone') }}
    where state_code <> 'cancelled' and planned_finish_on is not null and threshold_days is not null

),

ratings as (

    select * from {{ ref('fct_rating') }}
    where is_current and customer_id is not null

),

-- Of several items about one node and plan the first; a node that crossed before there were rules starts with its item.
milestone_cases as (

    select
        milestones.milestone_id,
        milestones.phase_code,
        milestones.planned_finish_on,
        milestones.finished_on,
        first_items.item_id,
        coalesce(first_items.is_taken_on, false) as is_taken_on,
        greatest(milestones.crossed_on, coalesce(first_items.opened_on, milestones.crossed_on)) as found_on
    from milestones
    left join (
        select
            about_id,
            occurrence_key,
            arg_min(item_id, opened_at) as item_id,
            bool_or(is_taken_on) as is_taken_on,
            min(opened_on) as opened_on
        from items
        where rule_id = 'milestone_late'
        group by about_id, occurrence_key
    ) as first_items
        on
            milestones.milestone_id = first_items.about_id
            and milestones.milestone_id || '|' || milestones.planned_finish_on = first_items.occurrence_key
    where coalesce(milestones.finished_on >= milestones.crossed_on, milestones.crossed_on <= {{ as_of_on() }})

),

sequence_cases as (

    select
        sequences.rating_sequence_id,
        sequences.customer_id,
        sequences.found_on,
        sequences.second_rated_at,
        (sequences.first_stars + sequences.second_stars) / 2.0 as before_value,
        customers.segment_code,
        arg_min(items.item_id, items.opened_at) as item_id,
        coalesce(bool_or(items.is_taken_on), false) as is_taken_on
    from {{ ref('mart_rating_sequence') }} as sequences
    left join {{ ref('dim_customer') }} as customers on sequences.customer_id = customers.customer_id
    left join items
        on
            sequences.customer_id = items.about_id
            and items.rule_id = 'care_plan_low_ratings'
            and sequences.rating_sequence_id = items.occurrence_key
    group by all

),

sequence_ratings as (

    select
        sequence_cases.rating_sequence_id,
        avg(ratings.stars) as after_value
    from sequence_cases
    inner join ratings
        on
            sequence_cases.customer_id = ratings.customer_id
            and sequence_cases.second_rated_at < ratings.rated_at
            and sequence_cases.found_on + cast({{ figure_default('outcome_days') }} as integer) >= ratings.rated_on
    group by sequence_cases.rating_sequence_id

),

-- One measure a rule, over the same number of days whether somebody took it on or not.
measured as (

    select
        'milestone_late' as rule_id,
        milestone_id || '|' || planned_finish_on as occurrence_key,
        'milestone' as about_type_code,
        milestone_id as about_id,
        item_id,
        is_taken_on,
        found_on,
        'days' as unit_code,
        coalesce(phase_code, '') || '/' || case
            when found_on - planned_finish_on <= 14 then 'under_15'
            when found_on - planned_finish_on <= 45 then 'under_46'
            else 'over_45'
        end as like_code,
        cast(found_on - planned_finish_on as double) as before_value,
        case
            when
                finished_on <= {{ as_of_on() }}
                or found_on + cast({{ figure_default('outcome_days') }} as integer) <= {{ as_of_on() }}
                then cast(
                    least(
                        coalesce(finished_on, found_on + cast({{ figure_default('outcome_days') }} as integer)),
                        found_on + cast({{ figure_default('outcome_days') }} as integer)
                    ) - planned_finish_on as double
                )
        end as after_value
    from milestone_cases
    union all
    select
        'care_plan_low_ratings' as rule_id,
        sequence_cases.rating_sequence_id as occurrence_key,
        'customer' as about_type_code,
        sequence_cases.customer_id as about_id,
        sequence_cases.item_id,
        sequence_cases.is_taken_on,
        sequence_cases.found_on,
        'stars' as unit_code,
        coalesce(sequence_cases.segment_code, '') as like_code,
        cast(sequence_cases.before_value as double) as before_value,
        -- A window that is not over yet is no outcome.
        case
            when sequence_cases.found_on + cast({{ figure_default('outcome_days') }} as integer) <= {{ as_of_on() }}
                then sequence_ratings.after_value
        end as after_value
    from sequence_cases
    left join sequence_ratings on sequence_cases.rating_sequence_id = sequence_ratings.rating_sequence_id

)

select
    rule_id || '/' || occurrence_key as rule_case_id,
    rule_id,
    about_type_code,
    about_id,
    item_id,
    is_taken_on,
    found_on,
    {{ as_of_on() }} as as_of_on,
    unit_code,
    like_code,
    cast(round(before_value, 4) as decimal(18, 4)) as before_value,
    cast(round(after_value, 4) as decimal(18, 4)) as after_value,
    cast(round(after_value - before_value, 4) as decimal(18, 4)) as change_value
from measured
