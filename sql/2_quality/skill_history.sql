-- Every skill that a rule set.
-- grain: one row per change of a worker's skill
with

outcomes as (
    select worker_id, skill_id, pool_id, rule, action, exact_value, value, at
    from quality.outcomes
    where kind = 'SKILL'
)

select * from outcomes
