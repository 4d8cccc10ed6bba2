-- Captchas that workers were shown.
-- grain: one row per entry
with

captcha_events as (
    select worker_id, pool_id, at, is_solved
    from source.captcha_events
    where at <= $as_of
),

visited_pools as (
    select pool_id, project_id
    from ingest.visited_pools
),

captcha_entries as (
    select
        sha256_key(captcha_events.worker_id) as worker_key,
        captcha_events.worker_id,
        captcha_events.pool_id,
        coalesce(visited_pools.project_id, 'default') as project_id,
        captcha_events.is_solved,
        captcha_events.at
    from captcha_events
    left join visited_pools on captcha_events.pool_id = visited_pools.pool_id
)

select * from captcha_entries
