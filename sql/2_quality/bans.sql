-- Every ban: those that the rules open in the replay, and those that the platform had in force.
-- grain: one row per ban opened or observed
with

events as (
    select *
    from quality.events
),

restrictions as (
    select worker_id, scope, project_id, pool_id, started_at, will_expire_at, comment
    from ingest.restrictions
),

bans_of_workers as (
    select
        worker_id,
        replay_bans(
            kind, project_id, pool_id, assignment_id, task_index, task_id, starts_at, ends_at, credit, scope,
            $rules
        ) as bans
    from events
    group by worker_id
),

replayed as (
    select worker_id, unnest(bans) as ban
    from bans_of_workers
),

bans as (
    select
        worker_id,
        ban['scope'] as scope,
        ban['project_id'] as project_id,
        ban['pool_id'] as pool_id,
        ban['rule'] as rule,
        'replay' as source,
        ban['statistics'] as statistics,
        ban['started_at'] as started_at,
        ban['will_expire_at'] as will_expire_at
    from replayed
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
