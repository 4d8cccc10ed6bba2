-- What every rule saw of the worker. The rows come as the replay made them: at one instant that order is theirs alone.
-- grain: one row per (rule, event)
with

worker_events as (
    select *
    from quality.worker_events
    where worker_id = $worker_id
),

looks as (
    select
        at,
        'look' as kind,
        project_id,
        pool_id,
        concat(cast(config_index as varchar), '.', cast(rule_index as varchar)) as rule,
        statistics,
        is_fired
    from worker_events
)

select * from looks
