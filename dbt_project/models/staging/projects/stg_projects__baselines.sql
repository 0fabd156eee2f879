with

source as (

    select * from {{ source('projects', 'raw_projects__baselines') }}

),

renamed as (

    select
        milestone_id,
        version_no,
        project_id,
        approved_on,
        approved_by,
        planned_start_on,
        planned_finish_on,
        budget_amount,
        currency_code,
        reason,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
