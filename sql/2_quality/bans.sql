-- Every ban: those that the rules open in the replay, and those that the platform had in force.
-- grain: one row per ban opened or observed
with

replayed_bans as (
    select worker_id, scope, project_id, pool_id, rule, statistics, at as started_at, will_expire_at
    from quality.outcomes
    where kind = 'BAN'
),

restrictions as (
    select worker_id, scope, project_id, pool_id, started_at, will_expire_at, comment
    from ingest.restrictions
),

bans as (
    select
        worker_id,
        scope,
        project_id,
        pool_id,
        rule,
        'replay' as source,
        statistics,
        started_at,
        will_expire_at
    from replayed_bans
    union all
    select
        worker_id,
        scope,
        project_id,
        pool_id,
        'input' as rule,
        'input' as source,
        coalesce(comment, '') as statistics,
        started_at,
        will_expire_at
    from restrictions
)

select * from bans
