-- What was found out about the worker: control and training answers, majorities, captchas, reviews, skills set on the
-- platform.
-- grain: one row per event
with

control_answers as (
    select
        submitted_at as at, lower(task_kind) as kind, project_id, pool_id, assignment_id, task_id,
        cast(null as varchar) as label, credit as value, cast(null as double) as value_max, task_index
    from quality.control_answers
    where worker_id = $worker_id
),

majorities as (
    select
        at, 'majority' as kind, project_id, pool_id, assignment_id, task_id, cast(null as varchar) as label,
        cast(n_agreeing as double) as value, cast(n_top as double) as value_max, task_index
    from quality.majorities
    where worker_id = $worker_id
),

captchas as (
    select
        at, 'captcha' as kind, project_id, pool_id, cast(null as varchar) as assignment_id,
        cast(null as varchar) as task_id, cast(null as varchar) as label,
        case when is_solved then 1.0 else 0.0 end as value, cast(null as double) as value_max,
        cast(null as bigint) as task_index
    from ingest.captcha_entries
    where worker_id = $worker_id
),

reviews as (
    select
        at, case when is_silent then 'silent_verdict' else 'review' end as kind, project_id, pool_id, assignment_id,
        cast(null as varchar) as task_id, verdict as label, cast(null as double) as value,
        cast(null as double) as value_max, cast(null as bigint) as task_index
    from ingest.reviews
    where worker_id = $worker_id
),

given_skills as (
    select
        modified_at as at, 'given_skill' as kind, cast(null as varchar) as project_id,
        cast(null as varchar) as pool_id, cast(null as varchar) as assignment_id, cast(null as varchar) as task_id,
        skill_id as label, value, cast(null as double) as value_max, cast(null as bigint) as task_index
    from ingest.worker_skills
    where worker_id = $worker_id
),

judgements as (
    select * from control_answers
    union all
    select * from majorities
    union all
    select * from captchas
    union all
    select * from reviews
    union all
    select * from given_skills
)

select * exclude (task_index) from judgements
order by at, kind, assignment_id, task_index, task_id, label
