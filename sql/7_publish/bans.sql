-- The bans as they are published.
-- grain: one row per ban opened or observed
with

bans as (
    select *
    from quality.bans
),

published as (
    select
        case when $publish_worker_ids then worker_id else worker_pseudonym(worker_id) end as worker_id,
        scope, project_id, pool_id, started_at, will_expire_at, rule, source
    from bans
)

select * from published
order by worker_id, started_at, rule, scope, project_id, pool_id, will_expire_at, source
