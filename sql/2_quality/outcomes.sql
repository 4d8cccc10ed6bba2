-- What the rules did to each worker when the log is replayed, and which pages they keep from counting.
-- grain: one row per ban, skill, verdict or raise by a rule, and per page blocked or not admitted
with

events as (
    select *
    from quality.events
),

replayed_workers as (
    select
        worker_id,
        replay(
            kind, label, project_id, pool_id, assignment_id, task_index, task_id, created_at, submitted_at, at,
            value, value_max, $rules
        ) as outcomes
    from events
    group by worker_id
),

outcomes_of_workers as (
    select worker_id, unnest(outcomes) as outcome
    from replayed_workers
),

outcomes as (
    select
        worker_id,
        outcome['kind'] as kind,
        outcome['assignment_id'] as assignment_id,
        outcome['scope'] as scope,
        outcome['project_id'] as project_id,
        outcome['pool_id'] as pool_id,
        outcome['rule'] as rule,
        outcome['statistics'] as statistics,
        outcome['skill_id'] as skill_id,
        outcome['action'] as action,
        outcome['exact_value'] as exact_value,
        outcome['value'] as value,
        outcome['is_after_review'] as is_after_review,
        outcome['at'] as at,
        outcome['will_expire_at'] as will_expire_at
    from outcomes_of_workers
)

select * from outcomes
