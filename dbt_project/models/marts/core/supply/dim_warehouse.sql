with

warehouses as (

    select * from {{ ref('stg_wms__warehouses') }}

)

select
    warehouse_id,
    name,
    kind_code,
    region_code,
    province,
    city,
    latitude,
    longitude,
    is_active,
    -- Where goods go of which nobody says where: a central warehouse before others.
    row_number() over (order by kind_code = 'central' desc nulls last, warehouse_id) as preference_no
from warehouses
