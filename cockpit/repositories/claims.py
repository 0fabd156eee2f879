"""What the source documents claimed, beside what this company's own data say of the same figure."""

import polars as pl

from cockpit.repositories.published import Reader

STATEMENT = """
with stock_month as (
    select
        period_on,
        sum(idle_amount) / nullif(sum(stock_amount)::double, 0) as idle_share,
        sum(earlier_idle_amount) / nullif(sum(earlier_stock_amount)::double, 0) as earlier_idle_share,
        sum(stocked_product_count) as stocked_product_count
    from marts.mart_stock_month
    group by period_on
    qualify period_on = max(period_on) over ()
),
repurchase as (
    select
        year_on,
        sum(earlier_buyer_count) as buyers,
        sum(repurchase_count) / nullif(sum(earlier_buyer_count)::double, 0) as share
    from marts.mart_customer_segment
    where is_whole_year
    group by year_on
),
measured as (
    select 'pilot_project_count' as claim_code,
        max(after_project_count + before_project_count)::double as value,
        max(after_project_count + before_project_count) as n, null as low, null as high
    from marts.mart_pilot_comparison where comparison_id = 'project_cycle/all'
    union all
    select 'pilot_city_count', count(distinct city)::double, count(distinct city), null, null
    from marts.mart_pilot_comparison
    union all
    select claim_code, change_share::double, after_count,
        change_low_share::double, change_high_share::double
    from marts.mart_pilot_comparison where city is null
    union all
    select 'complaint_rate_change', complaint_change_pct / 100.0, finished_order_count, null, null
    from marts.mart_service_group where dimension_code = 'company'
    union all
    select 'idle_stock_change', idle_share / nullif(earlier_idle_share, 0) - 1,
        stocked_product_count, null, null
    from stock_month
    union all
    select 'first_acceptance_share', first_pass_share::double, first_inspection_count, null, null
    from marts.mart_service_group where dimension_code = 'company'
    union all
    select 'mean_stars', star_mean::double, rating_count, null, null
    from marts.mart_service_group where dimension_code = 'company'
    union all
    select 'satisfied_share', csat_share::double, rating_count, null, null
    from marts.mart_service_group where dimension_code = 'company'
    union all
    select 'repurchase_change', newest.share / nullif(before.share, 0) - 1, newest.buyers, null, null
    from repurchase as newest
    inner join repurchase as before on before.year_on = newest.year_on - interval 1 year
    qualify newest.year_on = max(newest.year_on) over ()
    union all
    select 'campus_months',
        round(date_diff('day', coalesce(initiated_on, started_on), finished_on) / 30.4375, 1), 1, null, null
    from marts.dim_project
    where budget_reporting_amount > 80000000 and type_code in ('school', 'campus') and finished_on is not null
    qualify row_number() over (order by budget_reporting_amount desc, project_id) = 1
)
select claim.claim_code, claim.text_zh, claim.text_en, claim.unit, claim.value as claimed,
    measured.value, measured.n, measured.low, measured.high
from marts.source_claim as claim
left join measured using (claim_code)
order by claim.claim_code
"""


def claims(reader: Reader) -> pl.DataFrame:
    """One row a claim: its text and value, what was measured, of how many, and its 90% interval if any.

    Changes are of the last twelve months on the year before; the pilot's are after against before.
    """
    return reader.rows(STATEMENT)
