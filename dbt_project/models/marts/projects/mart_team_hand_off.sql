with

hand_offs as (

    select * from {{ ref('fct_hand_off') }}

),

counted as (

    select
        hand_off_pair_id,
        kind_code,
        from_team_code,
        to_team_code,
        count(*) as hand_off_count,
        count(wait_hours) as taken_count,
        count(*) filter (is_waiting) as waiting_count,
        cast(round(median(wait_hours), 4) as decimal(18, 4)) as median_wait_hours,
        cast(round(quantile_cont(wait_hours, 0.9), 4) as decimal(18, 4)) as p90_wait_hours,
        cast(round(avg(wait_hours), 4) as decimal(18, 4)) as mean_wait_hours,
        cast(coalesce(sum(wait_hours), 0) as decimal(18, 4)) as total_wait_hours,
        max(waiting_hours) as longest_waiting_hours
    from hand_offs
    group by hand_off_pair_id, kind_code, from_team_code, to_team_code

)

select
    counted.*,
    case
        when counted.median_wait_hours is not null
            then rank() over (order by counted.median_wait_hours desc nulls last)
    end as queue_rank
from counted
