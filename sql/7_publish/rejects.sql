-- Every input row that did not reach the training sets, and why: with the votes it adds up to the input.
-- grain: one row per dropped input row
with

decisions as (
    select query_key, query_id, assignment_id, task_id, is_kept, drop_reason
    from quality.decisions
),

groups_without_decision as (
    select query_id
    from training.groups
    where not is_effective
),

rejects as (
    select
        query_key,
        query_id,
        case drop_reason
            when 'duplicate' then 'ingest'
            when 'skill_below_minimum' then 'skills'
            else 'quality'
        end as stage,
        drop_reason,
        assignment_id,
        task_id
    from decisions
    where not is_kept
    union all
    select
        decisions.query_key,
        decisions.query_id,
        'training' as stage,
        'no_effective_pairs' as drop_reason,
        decisions.assignment_id,
        decisions.task_id
    from decisions
    left semi join groups_without_decision on decisions.query_id = groups_without_decision.query_id
    where decisions.is_kept
)

select * from rejects
order by query_key, query_id, assignment_id, task_id, drop_reason
