-- Every skill that a rule set.
-- grain: one row per change of a worker's skill
with

events as (
    select *
    from quality.events
),

skills_of_workers as (
    select
        worker_id,
        replay_skills(
            kind, project_id, pool_id, assignment_id, task_index, task_id, starts_at, ends_at, credit, scope,
            $rules
        ) as skills
    from events
    group by worker_id
),

changes as (
    select worker_id, unnest(skills) as change
    from skills_of_workers
),

skill_history as (
    select
        worker_id,
        change['skill_id'] as skill_id,
        change['pool_id'] as pool_id,
        change['rule'] as rule,
        change['action'] as action,
        change['exact_value'] as exact_value,
        change['value'] as value,
        change['at'] as at
    from changes
)

select * from skill_history
