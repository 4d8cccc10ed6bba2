-- What happened to each worker, as the quality rules ask for it; majorities are found later.
-- grain: one row per event of a worker
with

page_ends as (
    select
        kind, cast(null as varchar) as label, worker_id, project_id, pool_id, assignment_id,
        cast(null as varchar) as task_id, cast(null as bigint) as task_index,
        coalesce(reward_usd, 0.0) as value, created_at, at as submitted_at, at
    from quality.page_ends
),

-- Of pages handed in later it is asked only whether the worker was admitted.
later_pages as (
    select
        'LATER' as kind, cast(null as varchar) as label, worker_id, project_id, pool_id, assignment_id,
        cast(null as varchar) as task_id, cast(null as bigint) as task_index,
        cast(null as double) as value, created_at, submitted_at, submitted_at as at
    from ingest.pages
    where submitted_at > $as_of and status in ('SUBMITTED', 'ACCEPTED', 'REJECTED')
),

answers as (
    select
        task_kind as kind, cast(null as varchar) as label, worker_id, project_id, pool_id, assignment_id,
        task_id, task_index,
        credit as value, created_at, submitted_at, submitted_at as at
    from quality.control_answers
),

captchas as (
    select
        'CAPTCHA' as kind, cast(null as varchar) as label, worker_id, project_id, pool_id,
        cast(null as varchar) as assignment_id, cast(null as varchar) as task_id, cast(null as bigint) as task_index,
        case when is_solved then 1.0 else 0.0 end as value, at as created_at, at as submitted_at, at
    from ingest.captcha_entries
    where $needs_captchas
),

reviews as (
    select
        case when is_silent then 'SILENT' else 'REVIEW' end as kind, verdict as label, worker_id, project_id, pool_id,
        assignment_id,
        cast(null as varchar) as task_id, cast(null as bigint) as task_index,
        cast(null as double) as value, created_at, submitted_at, at
    from ingest.reviews
    where $needs_reviews
),

skills as (
    select
        'SKILL' as kind, skill_id as label, worker_id, cast(null as varchar) as project_id,
        cast(null as varchar) as pool_id, cast(null as varchar) as assignment_id,
        cast(null as varchar) as task_id, cast(null as bigint) as task_index,
        value, modified_at as created_at, modified_at as submitted_at, modified_at as at
    from ingest.worker_skills
),

bans as (
    select
        'BAN' as kind, scope as label, worker_id, project_id, pool_id, cast(null as varchar) as assignment_id,
        cast(null as varchar) as task_id, cast(null as bigint) as task_index,
        cast(null as double) as value, started_at as created_at, started_at as submitted_at, will_expire_at as at
    from ingest.restrictions
),

worker_log as (
    select * from page_ends
    union all
    select * from later_pages
    union all
    select * from answers
    union all
    select * from captchas
    union all
    select * from reviews
    union all
    select * from skills
    union all
    select * from bans
)

select * from worker_log
