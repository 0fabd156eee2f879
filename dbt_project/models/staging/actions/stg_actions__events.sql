with

source as (

    select * from {{ source('actions', 'raw_actions__events') }}

),

renamed as (

    select
        action_id,
        sequence_no,
        kind_code,
        subject_type_code,
        subject_id,
        version,
        about_type_code,
        about_id,
        rule_id,
        item_id,
        state_code,
        is_effective,
        is_closing,
        approval_code,
        payload,
        reason_code,
        reason,
        done_by,
        done_at,
        undoes_action_id,
        figure_id,
        publication_name,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
