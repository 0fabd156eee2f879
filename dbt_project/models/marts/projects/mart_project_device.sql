with

devices as (

    select * from {{ ref('stg_iot__devices') }}
    where project_id is not null

),

projects as (

    select * from {{ ref('dim_project') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}
    where project_id is not null and kind_code = 'sale' and not is_cancelled and ordered_on <= {{ as_of_on() }}

),

purchase_lines as (

    select * from {{ ref('fct_purchase_line') }}

),

production_orders as (

    select * from {{ ref('stg_mes__production_orders') }}

),

shipments as (

    select * from {{ ref('stg_wms__shipments') }}

),

work_orders as (

    select * from {{ ref('fct_work_order') }}
    where not is_cancelled

),

product_lines as (

    -- The first line of an order on which a product stands.
    select
        order_id,
        product_id,
        min(line_no) as line_no
    from order_lines
    group by order_id, product_id

),

bought as (

    -- For a device without a purchase line of its own: the project's first line of the same product.
    select
        project_id,
        product_id,
        arg_min(purchase_line_id, (ordered_on, purchase_line_id)) as purchase_line_id
    from purchase_lines
    where not is_cancelled and project_id is not null and product_id is not null
    group by project_id, product_id

),

made as (

    select
        order_id,
        line_no,
        min(production_order_id) as production_order_id
    from production_orders
    group by order_id, line_no

),

site_work as (

    select
        project_id,
        count(*) as work_order_count,
        min(work_order_id) filter (kind_code = 'installation') as installation_work_order_id,
        string_agg(work_order_id, ',' order by created_at, work_order_id) as work_order_ids
    from work_orders
    where project_id is not null and device_id is null and kind_code in ('installation', 'commissioning')
    group by project_id

),

device_work as (

    select
        device_id,
        count(*) as work_order_count,
        string_agg(work_order_id, ',' order by created_at, work_order_id) as work_order_ids
    from work_orders
    where device_id is not null
    group by device_id

),

registered as (

    select
        devices.device_id as project_device_id,
        devices.device_id,
        devices.project_id,
        devices.serial_number,
        devices.name,
        devices.kind_code,
        devices.product_id,
        1 as unit_count,
        case
            when devices.state_code = 'retired' then 'retired'
            when devices.commissioned_on <= {{ as_of_on() }} then 'in_service'
            when devices.installed_on <= {{ as_of_on() }} then 'installed'
            when devices.delivered_on <= {{ as_of_on() }} then 'delivered'
            when devices.state_code in ('in_service', 'installed', 'delivered')
                and coalesce(devices.commissioned_on, devices.installed_on, devices.delivered_on) is null
                then devices.state_code
            else 'ordered'
        end as state_code,
        devices.delivered_on,
        devices.installed_on,
        devices.commissioned_on,
        devices.order_id,
        devices.order_id || '/' || product_lines.line_no as order_line_id,
        coalesce(devices.purchase_order_id || '/' || devices.purchase_line_no, bought.purchase_line_id) as purchase_line_id,
        made.production_order_id,
        devices.shipment_id
    from devices
    left join product_lines on devices.order_id = product_lines.order_id and devices.product_id = product_lines.product_id
    left join bought on devices.project_id = bought.project_id and devices.product_id = bought.product_id
    left join made on product_lines.order_id = made.order_id and product_lines.line_no = made.line_no

),

registered_lines as (

    select
        order_line_id,
        count(*) as unit_count
    from registered
    where order_line_id is not null
    group by order_line_id

),

unregistered as (

    -- Units that were sold and have no record of their own: the rest of their order line.
    select
        order_lines.order_line_id as project_device_id,
        cast(null as varchar) as device_id,
        order_lines.project_id,
        cast(null as varchar) as serial_number,
        products.name,
        products.category_code as kind_code,
        order_lines.product_id,
        cast(floor(order_lines.quantity) as bigint) - coalesce(registered_lines.unit_count, 0) as unit_count,
        case when order_lines.delivered_on <= {{ as_of_on() }} then 'delivered' else 'ordered' end as state_code,
        order_lines.delivered_on,
        cast(null as date) as installed_on,
        cast(null as date) as commissioned_on,
        order_lines.order_id,
        order_lines.order_line_id,
        bought.purchase_line_id,
        made.production_order_id,
        cast(null as varchar) as shipment_id
    from order_lines
    inner join products on order_lines.product_id = products.product_id
    left join registered_lines on order_lines.order_line_id = registered_lines.order_line_id
    left join bought on order_lines.project_id = bought.project_id and order_lines.product_id = bought.product_id
    left join made on order_lines.order_id = made.order_id and order_lines.line_no = made.line_no
    where
        -- Kinds of product that become devices; spare parts and materials do not.
        products.category_code in (
            'chiller', 'air_handler', 'vrf_outdoor', 'vrf_indoor', 'split_unit', 'heat_pump', 'pump', 'meter', 'gateway'
        )
        and cast(floor(order_lines.quantity) as bigint) > coalesce(registered_lines.unit_count, 0)

),

units as (

    select * from registered
    union all by name
    select * from unregistered

),

shipped as (

    -- The order's first shipment, for what names none.
    select
        order_id,
        arg_min(shipment_id, (coalesce(shipped_at, timestamp '9999-12-31'), shipment_id)) as shipment_id
    from shipments
    where order_id is not null
    group by order_id

)

select
    units.project_device_id,
    units.project_id,
    projects.name as project_name,
    projects.customer_id,
    projects.region_code,
    projects.city,
    units.device_id,
    units.device_id is not null as is_registered,
    units.serial_number,
    units.name,
    units.kind_code,
    units.product_id,
    cast(units.unit_count as bigint) as unit_count,
    units.state_code,
    units.delivered_on,
    units.installed_on,
    units.commissioned_on,
    units.order_id,
    units.order_line_id,
    units.purchase_line_id,
    units.production_order_id,
    coalesce(units.shipment_id, shipped.shipment_id) as shipment_id,
    site_work.installation_work_order_id,
    cast(coalesce(site_work.work_order_count, 0) as bigint) as site_work_order_count,
    site_work.work_order_ids as site_work_order_ids,
    cast(coalesce(device_work.work_order_count, 0) as bigint) as device_work_order_count,
    device_work.work_order_ids as device_work_order_ids
from units
inner join projects on units.project_id = projects.project_id
left join shipped on units.order_id = shipped.order_id
left join site_work on units.project_id = site_work.project_id
left join device_work on units.device_id = device_work.device_id
