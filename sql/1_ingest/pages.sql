-- What is known of a page of tasks as a whole.
-- grain: one row per assignment_id
with

responses as (
    select *
    from ingest.responses
    where copy_number = 1
),

pages as (
    select
        assignment_id,
        min(worker_id) as worker_id,
        min(pool_id) as pool_id,
        min(project_id) as project_id,
        min(task_suite_id) as task_suite_id,
        min(status) as status,
        count(*) as n_tasks,
        count(*) filter (where task_kind = 'REAL') as n_real_tasks,
        max(reward_usd) as reward_usd,
        min(created_at) as created_at,
        max(submitted_at) as submitted_at,
        max(accepted_at) as accepted_at,
        max(rejected_at) as rejected_at,
        max(skipped_at) as skipped_at,
        max(expired_at) as expired_at
    from responses
    group by assignment_id
),

pages_with_duration as (
    select
        *,
        -- Microseconds to seconds.
        cast(arrow_cast(submitted_at, 'Int64') - arrow_cast(created_at, 'Int64') as double) / 1e6 as duration_s,
        status in ('SUBMITTED', 'ACCEPTED', 'REJECTED') and submitted_at <= $as_of as is_handed_in
    from pages
)

select * from pages_with_duration
