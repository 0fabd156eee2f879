with

reviews as (

    select * from {{ ref('fct_customer_review') }}
    where reviewed_on <= {{ as_of_on() }}

),

last_reviews as (

    select
        customer_id,
        max(reviewed_on) as last_reviewed_on
    from reviews
    group by customer_id

),

changes as (

    select
        reviews.*,
        lead(reviews.reviewed_on) over (partition by reviews.customer_id order by reviews.reviewed_on) as next_reviewed_on,
        -- Away and back: the tier ended when the customer was last seen, not when it came back.
        lead(case when reviews.is_return then reviews.previous_reviewed_on + 1 end)
            over (partition by reviews.customer_id order by reviews.reviewed_on) as left_on
    from reviews
    where reviews.is_change

),

closed as (

    select
        changes.*,
        cast(
            coalesce(
                changes.left_on,
                changes.next_reviewed_on,
                case when last_reviews.last_reviewed_on < {{ as_of_on() }} then last_reviews.last_reviewed_on + 1 end
            ) as date
        ) as valid_to_on
    from changes
    inner join last_reviews on changes.customer_id = last_reviews.customer_id

)

select
    customer_id || '/' || reviewed_on as customer_tier_id,
    customer_id,
    tier_code,
    previous_tier_code,
    tier_score,
    reason_1_code,
    reason_2_code,
    reason_3_code,
    reviewed_on as valid_from_on,
    valid_to_on,
    valid_to_on is null as is_current
from closed
