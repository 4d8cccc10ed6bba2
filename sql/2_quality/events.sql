-- What the quality rules see: answers to control and training tasks, and bans known from the platform.
-- grain: one row per event of a worker
with

responses as (
    select *
    from ingest.responses
    where copy_number = 1
        and task_kind in ('GOLDEN', 'TRAINING')
        and status in ('SUBMITTED', 'ACCEPTED', 'REJECTED')
        and submitted_at <= $as_of
),

restrictions as (
    select worker_id, scope, project_id, pool_id, started_at, will_expire_at
    from ingest.restrictions
),

judged_answers as (
    select
        *,
        solution_credit(
            case when task_kind = 'TRAINING' then coalesce(first_answer, answer) else answer end,
            golden_answer,
            golden_answers
        ) as credit
    from responses
),

events as (
    select
        sha256_key(worker_id) as worker_key, worker_id, project_id, pool_id, assignment_id, task_id, task_kind as kind,
        cast(null as varchar) as scope, task_index, credit,
        created_at as starts_at, submitted_at as ends_at
    from judged_answers
    where credit is not null  -- without a known solution nothing can be judged
    union all
    select
        sha256_key(worker_id) as worker_key, worker_id, project_id, pool_id, cast(null as varchar) as assignment_id, cast(null as varchar) as task_id,
        'BAN' as kind, scope, cast(null as bigint) as task_index, cast(null as double) as credit,
        started_at as starts_at, will_expire_at as ends_at
    from restrictions
)

select * from events
