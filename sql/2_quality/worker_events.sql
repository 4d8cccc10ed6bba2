-- Every look of a rule at an event: the statistics after it, and whether the rule fired.
-- grain: one row per (rule, event)
with

events as (
    select *
    from quality.events
),

looks_of_workers as (
    select
        worker_id,
        replay_looks(
            kind, label, project_id, pool_id, assignment_id, task_index, task_id, created_at, submitted_at, at,
            value, value_max, $rules
        ) as looks
    from events
    group by worker_id
),

looks as (
    select worker_id, unnest(looks) as look
    from looks_of_workers
),

worker_events as (
    select
        worker_id,
        look['project_id'] as project_id,
        look['pool_id'] as pool_id,
        look['statistics'] as statistics,
        look['config_index'] as config_index,
        look['rule_index'] as rule_index,
        look['is_fired'] as is_fired,
        look['at'] as at
    from looks
)

select * from worker_events
