-- What became of the worker's answers.
-- grain: one row per (project_id, drop_reason), null for answers that are kept
with

decisions as (
    select project_id, drop_reason
    from quality.decisions
    where worker_id = $worker_id
),

counted as (
    select project_id, drop_reason, count(*) as n_answers
    from decisions
    group by project_id, drop_reason
)

select * from counted
order by project_id, drop_reason
