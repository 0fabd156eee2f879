with

peaks as (

    select * from {{ source('ml', 'ml_stock_backtest') }}
    where as_of_on = {{ as_of_on() }}

),

products as (

    select * from {{ ref('dim_product') }}

)

select
    peaks.product_id || '/' || strftime(peaks.period_on, '%Y-%m') as stock_peak_id,
    peaks.product_id,
    products.name as product_name,
    products.unit_code,
    peaks.period_on,
    peaks.judged_on,
    peaks.as_of_on,
    peaks.method_code,
    cast(peaks.quantity_usual as decimal(18, 3)) as quantity_usual,
    cast(peaks.quantity_p50 as decimal(18, 3)) as quantity_p50,
    cast(peaks.quantity_actual as decimal(18, 3)) as quantity_actual,
    peaks.is_peak,
    peaks.is_told,
    case when peaks.is_peak then cast(cast(peaks.is_told as integer) as decimal(9, 4)) end as warned_share,
    case when peaks.is_told then cast(1 - cast(peaks.is_peak as integer) as decimal(9, 4)) end as false_alarm_share
from peaks
left join products on peaks.product_id = products.product_id
