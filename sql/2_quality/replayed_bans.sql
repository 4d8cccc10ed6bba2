-- Every ban that the rules open when the log is replayed.
-- grain: one row per ban opened
with

events as (
    select *
    from quality.events
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

bans as (
    select worker_id, unnest(bans) as ban
    from bans_of_workers
),

replayed_bans as (
    select
        worker_id,
        ban['scope'] as scope,
        ban['project_id'] as project_id,
        ban['pool_id'] as pool_id,
        ban['rule'] as rule,
        ban['statistics'] as statistics,
        ban['started_at'] as started_at,
        ban['will_expire_at'] as will_expire_at
    from bans
)

select * from replayed_bans
