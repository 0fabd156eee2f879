with

source as (

    select * from {{ source('projects', 'raw_projects__milestones') }}

),

renamed as (

    select
        milestone_id,
        project_id,
        name,
        phase_code,
        sequence_no,
        owner_id,
        crew_id,
        planned_start_on,
        planned_start_code,
        planned_finish_on,
        planned_finish_code,
        forecast_finish_on,
        started_on,
        started_code,
        finished_on,
        finished_code,
        cast(progress_pct as decimal(9, 4)) as progress_pct,
        threshold_days,
        cast(weight as decimal(18, 4)) as weight,
        budget_amount,
        estimate_amount,
        actual_amount,
        currency_code,
        status_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
