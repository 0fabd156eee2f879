with

sites as (

    select * from {{ ref('stg_ref__sites') }}

)

select
    site_id,
    name,
    kind_code,
    region_code,
    province,
    city,
    country_code,
    latitude,
    longitude
from sites
