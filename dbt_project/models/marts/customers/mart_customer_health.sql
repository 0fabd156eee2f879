with

weights as (

    select
        max(weight) filter (where part = 'orders') as orders_weight,
        max(weight) filter (where part = 'ratings') as ratings_weight,
        max(weight) filter (where part = 'complaints') as complaints_weight,
        max(weight) filter (where part = 'payment') as payment_weight,
        max(weight) filter (where part = 'sla') as sla_weight,
        max(version) as weights_version
    from {{ ref('customer_health_weight') }}

),

last_signs as (

    select
        customer_id,
        max(active_on) as last_active_on
    from {{ ref('int_customer_activity') }}
    group by customer_id

),

measured as (

    select
        customer.customer_id,
        customer.name as customer_name,
        customer.segment_code,
        customer.region_code,
        customer.account_manager_id,
        relation.open_project_count,
        orders.median_gap_days,
        last_signs.last_active_on,
        date_diff('day', last_signs.last_active_on, {{ as_of_on() }}) as silence_days,
        relation.rating_12m_count,
        relation.star_12m_count / nullif(cast(relation.rating_12m_count as double), 0) as mean_stars,
        relation.complaint_12m_count,
        relation.job_12m_count,
        -- A complaint without a job on record is one about a job all the same.
        relation.complaint_12m_count
        / nullif(cast(greatest(relation.job_12m_count, relation.complaint_12m_count) as double), 0) as complaint_rate,
        payment.payment_grade,
        relation.sla_due_12m_count,
        relation.sla_met_12m_count / nullif(cast(relation.sla_due_12m_count as double), 0) as sla_rate
    from {{ ref('dim_customer') }} as customer
    inner join {{ ref('int_customer_relation') }} as relation on customer.customer_id = relation.customer_id
    left join last_signs on customer.customer_id = last_signs.customer_id
    left join {{ ref('int_customer_order') }} as orders on customer.customer_id = orders.customer_id
    left join {{ ref('int_customer_payment') }} as payment on customer.customer_id = payment.customer_id
    where not customer.is_merged

),

scored as (

    select
        measured.*,
        case
            -- Who has a project under way is not silent, whenever the last order was.
            when measured.open_project_count > 0 and measured.last_active_on is not null then cast(100 as decimal(5, 2))
            else {{
                points(
                    'measured.silence_days / nullif(cast(measured.median_gap_days as double), 0)',
                    figure_default('customer_rhythm_zero_gaps'), '1',
                )
            }}
        end as orders_score,
        {{ points('measured.mean_stars', '1', '5') }} as ratings_score,
        {{ points('measured.complaint_rate', figure_default('customer_complaint_zero_share'), '0') }} as complaints_score,
        {{ points('measured.payment_grade', '5', '1') }} as payment_score,
        {{ points('measured.sla_rate', figure_default('customer_sla_zero_share'), '1') }} as sla_score
    from measured

),

weighed as (

    select
        scored.*,
        weights.*,
        {% for part in ['orders', 'ratings', 'complaints', 'payment', 'sla'] %}
        case when scored.{{ part }}_score is null then 0 else weights.{{ part }}_weight end as {{ part }}_used,
        {% endfor %}
        orders_used + ratings_used + complaints_used + payment_used + sla_used as used,
        concat_ws(
            ',',
            case when scored.orders_score is null then 'orders' end,
            case when scored.ratings_score is null then 'ratings' end,
            case when scored.complaints_score is null then 'complaints' end,
            case when scored.payment_score is null then 'payment' end,
            case when scored.sla_score is null then 'sla' end
        ) as missing_parts
    from scored
    cross join weights

),

-- What each part gives, rounded before it is added: the parts of the waterfall are the score, to the last digit.
given as (

    select
        weighed.*,
        {% for part in ['orders', 'ratings', 'complaints', 'payment', 'sla'] %}
        case
            when weighed.used > 0
                then cast(
                    round(coalesce(weighed.{{ part }}_score, 0) * weighed.{{ part }}_used / cast(weighed.used as double), 2)
                    as decimal(5, 2)
                )
        end as {{ part }}_points,
        {% endfor %}
        cast(
            (weighed.orders_score is not null)::integer
            + (weighed.ratings_score is not null)::integer
            + (weighed.complaints_score is not null)::integer
            + (weighed.payment_score is not null)::integer
            + (weighed.sla_score is not null)::integer as bigint
        ) as part_count
    from weighed

),

summed as (

    select
        given.*,
        cast(
            given.orders_points + given.ratings_points + given.complaints_points + given.payment_points + given.sla_points
            as decimal(5, 2)
        ) as health_score
    from given

)

select
    customer_id,
    customer_name,
    segment_code,
    region_code,
    account_manager_id,
    {{ as_of_on() }} as as_of_on,
    last_active_on,
    silence_days,
    median_gap_days,
    open_project_count,
    rating_12m_count,
    cast(round(mean_stars, 2) as decimal(5, 2)) as mean_stars,
    complaint_12m_count,
    job_12m_count,
    payment_grade,
    sla_due_12m_count,
    cast(round(sla_rate, 6) as decimal(18, 6)) as sla_share,
    {% for part in ['orders', 'ratings', 'complaints', 'payment', 'sla'] %}
    {{ part }}_score,
    coalesce({{ share(part ~ '_used', 'used') }}, cast(0 as decimal(18, 6))) as {{ part }}_weight_share,
    {{ part }}_points,
    {% endfor %}
    part_count,
    missing_parts,
    part_count between 1 and 4 as is_partial,
    health_score,
    case
        when part_count = 0 then 'no_data'
        when health_score >= {{ figure_default('health_good_score') }} then 'good'
        when health_score >= {{ figure_default('health_watch_score') }} then 'watch'
        else 'bad'
    end as health_code,
    weights_version
from summed
