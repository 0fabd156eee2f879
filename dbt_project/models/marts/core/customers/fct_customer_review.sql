{#-
    The memory of tiers: one review a customer and night, kept from night to night, because a tier depends on those of
    the nights before. A night built again replaces its own reviews only. Never rebuilt from nothing: what is forgotten
    here cannot be computed again. Reviews that changed nothing are dropped after some days, the last one stays.
-#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='reviewed_on',
        on_schema_change='append_new_columns',
        full_refresh=false,
        post_hook="
            delete from {{ this }} as old
            where
                not old.is_change
                and old.reviewed_on < {{ as_of_on() }} - cast({{ figure_default('tier_review_days') }} as integer)
                and exists (
                    select 1 from {{ this }} as later
                    where later.customer_id = old.customer_id and later.reviewed_on > old.reviewed_on
                )
        "
    )
}}

with

weights as (

    select
        max(weight) filter (where part = 'order_amount') as order_amount_weight,
        max(weight) filter (where part = 'depth') as depth_weight,
        max(weight) filter (where part = 'payment') as payment_weight,
        max(weight) filter (where part = 'satisfaction') as satisfaction_weight,
        max(weight) filter (where part = 'growth') as growth_weight,
        cast(max(version) as bigint) as weights_version
    from {{ ref('tier_weight') }}

),

-- What the newest night before this one told of the coming year, where the value model passed its gate: facts are built
-- before forecasts, so a tier follows the forecast of the night before. One too old to go by leaves the rule.
told as (

    select * from {{ source('build', 'told_value') }}
    where
        method_code = 'model'
        and as_of_on >= {{ as_of_on() }} - cast({{ figure_default('tier_value_days') }} as integer)

),

scoring as (

    select
        count(*) > 0 as is_by_value,
        max(as_of_on) as value_told_on
    from told

),

-- Nobody's tier is reviewed who is merged away or no longer active; all others are each other's peers by segment.
customers as (

    select
        customer.customer_id,
        customer.segment_code,
        relation.has_strategic_contract,
        -- Without an order at all the amount is nothing; with a missing rate it is unknown.
        case when orders.customer_id is null then 0 else orders.order_24m_amount end as order_24m_amount,
        relation.depth_score,
        payment.payment_grade,
        relation.satisfaction_stars,
        scoring.is_by_value,
        scoring.value_told_on,
        -- Of whom no forecast speaks, never ordered nor signed: nothing is expected.
        case when scoring.is_by_value then coalesce(told.score_share, 0) end as value_share,
        -- The change between two years over their sum, −1 to 1: a year of nothing is no division by zero.
        cast(
            round(
                (orders.order_12m_amount_or_zero - orders.order_prior_12m_amount)
                / nullif(cast(orders.order_24m_amount as double), 0), 6
            ) as decimal(18, 6)
        ) as growth_index
    from {{ ref('dim_customer') }} as customer
    inner join {{ ref('int_customer_relation') }} as relation on customer.customer_id = relation.customer_id
    left join (
        select
            int_customer_order.*,
            int_customer_order.order_24m_amount - int_customer_order.order_prior_12m_amount as order_12m_amount_or_zero
        from {{ ref('int_customer_order') }} as int_customer_order
    ) as orders on customer.customer_id = orders.customer_id
    left join {{ ref('int_customer_payment') }} as payment on customer.customer_id = payment.customer_id
    left join told on customer.customer_id = told.customer_id
    cross join scoring
    where customer.is_active and not customer.is_merged

),

compared as (

    select
        customers.*,
        round(100 * {{ peer_share('customers.order_24m_amount', 'customers.segment_code') }}, 2) as order_amount_points,
        round(100 * {{ peer_share('customers.depth_score', 'customers.segment_code') }}, 2) as depth_points,
        round(100 * {{ peer_share('-customers.payment_grade', 'customers.segment_code') }}, 2) as payment_points,
        round(100 * {{ peer_share('customers.satisfaction_stars', 'customers.segment_code') }}, 2) as satisfaction_points,
        round(100 * {{ peer_share('customers.growth_index', 'customers.segment_code') }}, 2) as growth_points,
        round(100 * {{ peer_share('customers.value_share', 'customers.segment_code') }}, 2) as value_points
    from customers

),

ruled as (

    select
        compared.*,
        weights.*,
        cast(
            round(
                (
                    coalesce(compared.order_amount_points * weights.order_amount_weight, 0)
                    + coalesce(compared.depth_points * weights.depth_weight, 0)
                    + coalesce(compared.payment_points * weights.payment_weight, 0)
                    + coalesce(compared.satisfaction_points * weights.satisfaction_weight, 0)
                    + coalesce(compared.growth_points * weights.growth_weight, 0)
                ) / nullif(
                    cast(
                        case when compared.order_amount_points is null then 0 else weights.order_amount_weight end
                        + case when compared.depth_points is null then 0 else weights.depth_weight end
                        + case when compared.payment_points is null then 0 else weights.payment_weight end
                        + case when compared.satisfaction_points is null then 0 else weights.satisfaction_weight end
                        + case when compared.growth_points is null then 0 else weights.growth_weight end as double
                    ), 0
                ), 2
            ) as decimal(5, 2)
        ) as rule_score
    from compared
    cross join weights

),

-- The model's score where it earned its place, else the rule's, for all customers alike.
scored as (

    select
        ruled.*,
        cast(case when ruled.is_by_value then ruled.value_points else ruled.rule_score end as decimal(5, 2)) as tier_score
    from ruled

),

ranked as (

    select
        scored.*,
        {{ peer_share('scored.tier_score', 'scored.segment_code') }} as peer_share,
        case
            when peer_share >= 1 - {{ figure_default('tier_s_share') }} then 3
            when peer_share >= 1 - {{ figure_default('tier_s_share') }} - {{ figure_default('tier_a_share') }} then 2
            else 1
        end as ranked_level
    from scored

),

cuts as (

    select
        segment_code,
        min(tier_score) filter (where ranked_level = 3) as s_score,
        min(tier_score) filter (where ranked_level >= 2) as a_score
    from ranked
    group by segment_code

),

previous as (

    {% if is_incremental() %}
    select
        customer_id,
        reviewed_on,
        {{ tier_level('tier_code') }} as tier_level,
        {{ tier_level('pending_tier_code') }} as pending_level,
        pending_run_count,
        max(reviewed_on) over () as last_run_on
    from {{ this }}
    where reviewed_on < {{ as_of_on() }}
    qualify row_number() over (partition by customer_id order by reviewed_on desc) = 1
    {% else %}
    select
        cast(null as varchar) as customer_id,
        cast(null as date) as reviewed_on,
        cast(null as integer) as tier_level,
        cast(null as integer) as pending_level,
        cast(null as bigint) as pending_run_count,
        cast(null as date) as last_run_on
    where false
    {% endif %}

),

wished as (

    select
        ranked.*,
        cuts.s_score,
        cuts.a_score,
        previous.reviewed_on as previous_reviewed_on,
        previous.tier_level as previous_level,
        previous.pending_level as previous_pending_level,
        previous.pending_run_count as previous_run_count,
        coalesce(previous.reviewed_on < previous.last_run_on, false) as is_return,
        {{
            tier_wanted_level(
                'previous.tier_level', 'ranked.ranked_level', 'ranked.tier_score', 'cuts.s_score', 'cuts.a_score',
                figure_default('tier_band_points'),
            )
        }} as wanted_level
    from ranked
    inner join cuts on ranked.segment_code = cuts.segment_code
    left join previous on ranked.customer_id = previous.customer_id

),

pending as (

    select
        wished.*,
        {{ tier_pending_level('wished.previous_level', 'wished.previous_pending_level', 'wished.wanted_level') }}
            as pending_level,
        {{
            tier_pending_runs(
                'wished.previous_level', 'wished.previous_pending_level', 'wished.previous_run_count',
                'wished.wanted_level',
            )
        }} as run_count
    from wished

),

settled as (

    select
        pending.*,
        case
            when pending.has_strategic_contract then 3
            when pending.previous_level is null then pending.ranked_level
            when pending.run_count >= {{ figure_default('tier_runs') }} then pending.pending_level
            else pending.previous_level
        end as tier_level
    from pending

),

decided as (

    select
        settled.*,
        -- Only a tier that stays has something pending; a strategic contract waits for nothing.
        coalesce(settled.tier_level = settled.previous_level, false) and not settled.has_strategic_contract as is_held,
        settled.is_return or coalesce(settled.tier_level <> settled.previous_level, true) as is_change
    from settled

),

-- Three reasons, the weightiest first: for S and A what lifts the score, for B what holds it down. Those of the model
-- come before the parts of the rule, which fill up to three.
reasons as (

    select
        reason.customer_id,
        list(reason.reason_code order by reason.preference, reason.push desc, reason.place) as reason_codes
    from (
        {% for part in ['order_amount', 'depth', 'payment', 'satisfaction', 'growth'] %}
        select
            decided.customer_id,
            {{ loop.index }} as place,
            case when decided.{{ part }}_points is null then 3 else 2 end as preference,
            case when decided.tier_level = 1 then -1 else 1 end
            * (decided.{{ part }}_points - 50) * decided.{{ part }}_weight as push,
            '{{ part }}_' || case
                when decided.{{ part }}_points is null then 'unknown'
                when decided.{{ part }}_points >= {{ figure_default('tier_high_points') }} then 'high'
                when decided.{{ part }}_points <= {{ figure_default('tier_low_points') }} then 'low'
                else 'middle'
            end as reason_code
        from decided
        union all
        {% endfor %}
        {% for place in [1, 2, 3] %}
        select
            decided.customer_id,
            {{ place }} as place,
            1 as preference,
            case when decided.tier_level = 1 then -1 else 1 end * told.reason_{{ place }}_value as push,
            'value_' || told.reason_{{ place }}_code
            || case when told.reason_{{ place }}_value >= 0 then '_up' else '_down' end as reason_code
        from decided
        inner join told on decided.customer_id = told.customer_id
        where told.reason_{{ place }}_code is not null and told.reason_{{ place }}_value is not null
        union all
        {% endfor %}
        select
            decided.customer_id,
            0 as place,
            0 as preference,
            0 as push,
            'strategic_contract' as reason_code
        from decided
        where decided.has_strategic_contract
    ) as reason
    group by reason.customer_id

)

select
    decided.customer_id || '/' || {{ as_of_on() }} as customer_review_id,
    decided.customer_id,
    {{ as_of_on() }} as reviewed_on,
    decided.segment_code,
    decided.has_strategic_contract,
    decided.growth_index,
    cast(decided.order_amount_points as decimal(5, 2)) as order_amount_points,
    cast(decided.depth_points as decimal(5, 2)) as depth_points,
    cast(decided.payment_points as decimal(5, 2)) as payment_points,
    cast(decided.satisfaction_points as decimal(5, 2)) as satisfaction_points,
    cast(decided.growth_points as decimal(5, 2)) as growth_points,
    decided.tier_score,
    decided.peer_share,
    decided.s_score,
    decided.a_score,
    {{ tier_code_of('decided.ranked_level') }} as ranked_tier_code,
    {{ tier_code_of('decided.tier_level') }} as tier_code,
    coalesce(
        decided.growth_points >= {{ figure_default('tier_growing_points') }} and decided.growth_index > 0, false
    ) as is_growing,
    case when decided.is_held then {{ tier_code_of('decided.pending_level') }} end as pending_tier_code,
    cast(case when decided.is_held then decided.run_count else 0 end as bigint) as pending_run_count,
    reasons.reason_codes[1] as reason_1_code,
    reasons.reason_codes[2] as reason_2_code,
    reasons.reason_codes[3] as reason_3_code,
    {{ tier_code_of('decided.previous_level') }} as previous_tier_code,
    decided.previous_reviewed_on,
    decided.is_return,
    decided.is_change,
    decided.weights_version,
    decided.rule_score,
    case when decided.is_by_value then 'value' else 'rule' end as score_method_code,
    decided.value_told_on
from decided
inner join reasons on decided.customer_id = reasons.customer_id
