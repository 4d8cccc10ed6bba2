-- What happened to each worker, as the quality rules ask for it; majorities are found later.
-- grain: one row per event of a worker
with

all_events as (
    select
        kind, cast(null as varchar) as label, worker_id, project_id, pool_id, assignment_id,
        cast(null as varchar) as task_id, cast(null as bigint) as task_index,
        coalesce(reward_usd, 0.0) as value, created_at, at as submitted_at, at
    from quality.page_ends
    where $needs_pages
    union all
    select
        task_kind, null, worker_id, project_id, pool_id, assignment_id, task_id, task_index,
        credit, created_at, submitted_at, submitted_at
    from quality.control_answers
    union all
    select
        'CAPTCHA', null, worker_id, project_id, pool_id, null, null, null,
        case when is_solved then 1.0 else 0.0 end, at, at, at
    from ingest.captcha_entries
    where $needs_captchas
    union all
    select
        'REVIEW', verdict, worker_id, project_id, pool_id, assignment_id, null, null,
        null, created_at, submitted_at, at
    from ingest.reviews
    where $needs_reviews
    union all
    select
        'SKILL', skill_id, worker_id, null, null, null, null, null,
        value, modified_at, modified_at, modified_at
    from ingest.worker_skills
    union all
    select
        'BAN', scope, worker_id, project_id, pool_id, null, null, null,
        null, started_at, null, will_expire_at
    from ingest.restrictions
)

select * from all_events
