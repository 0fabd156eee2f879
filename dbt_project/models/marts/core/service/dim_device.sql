with

devices as (

    select * from {{ ref('stg_iot__devices') }}

),

sites as (

    select * from {{ ref('dim_site') }}

)

select
    devices.device_id,
    devices.name,
    devices.kind_code,
    devices.product_id,
    devices.customer_id,
    devices.project_id,
    devices.site_id,
    sites.region_code,
    sites.city,
    -- Where devices share the weather; without a city each site is a place of its own.
    coalesce(sites.city, devices.site_id) as place_code,
    devices.state_code,
    devices.delivered_on,
    devices.installed_on,
    devices.commissioned_on,
    devices.warranty_ends_on
from devices
left join sites on devices.site_id = sites.site_id
