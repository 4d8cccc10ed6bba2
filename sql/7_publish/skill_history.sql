-- The skills that rules set, as they are published.
-- grain: one row per change of a worker's skill
with

skill_history as (
    select *
    from quality.skill_history
),

published as (
    select
        case when $publish_worker_ids then worker_id else worker_pseudonym(worker_id) end as worker_id,
        skill_id, exact_value, value, at, pool_id, rule, action
    from skill_history
)

-- Several answers of a page change a skill at one instant: then the order is that of the values, which is
-- arbitrary but always the same.
select * from published
order by worker_id, skill_id, at, pool_id, rule, action, exact_value
