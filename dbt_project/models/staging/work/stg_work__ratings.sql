with

source as (

    select * from {{ source('work', 'raw_work__ratings') }}

),

renamed as (

    select
        rating_id,
        work_order_id,
        order_id,
        customer_id,
        stars,
        rated_at,
        channel_code,
        comment,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
