-- Bans that the platform already had in force, as far as they were known at the run's as-of time.
-- grain: one row per restriction
with

restrictions as (
    select worker_id, scope, project_id, pool_id, created_at, will_expire_at, comment
    from source.restrictions
    where created_at <= $as_of
),

cleaned as (
    select
        sha256_key(worker_id) as worker_key,
        worker_id,
        -- A ban by the platform itself keeps the worker out of every project.
        case when upper(scope) = 'SYSTEM' then 'ALL_PROJECTS' else upper(scope) end as scope,
        case upper(scope)
            when 'PROJECT' then coalesce(project_id, 'default')
            when 'POOL' then project_id
        end as project_id,
        case when upper(scope) = 'POOL' then pool_id end as pool_id,
        comment,
        created_at as started_at,
        will_expire_at
    from restrictions
)

select * from cleaned
