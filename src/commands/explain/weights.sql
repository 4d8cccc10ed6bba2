-- How much one kept answer of the worker weighs, and whether a ban is in force.
-- grain: one row per project_id
with

workers as (
    select project_id, weight, n_votes, is_banned, ban_rule
    from skills.workers
    where worker_id = $worker_id
)

select * from workers
order by project_id
