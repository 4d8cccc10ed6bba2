-- Everything that the rules hear of each worker: the log, and the majorities on the worker's votes.
-- grain: one row per event of a worker
with

worker_log as (
    select
        kind, label, worker_id, project_id, pool_id, assignment_id, task_index, task_id, created_at, submitted_at, at,
        value, cast(null as double) as value_max
    from quality.worker_log
),

majorities as (
    select
        'MAJORITY' as kind, cast(null as varchar) as label, worker_id, project_id, pool_id, assignment_id, task_index,
        task_id, created_at, submitted_at, at,
        cast(n_agreeing as double) as value, cast(n_top as double) as value_max
    from quality.majorities
    where $needs_majorities
),

events as (
    select * from worker_log
    union all
    select * from majorities
)

select * from events
