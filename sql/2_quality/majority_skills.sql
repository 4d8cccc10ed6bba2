-- How often each worker voted with more than half of all votes on a task.
-- grain: one row per (worker_id, project_id)
with

majorities as (
    select worker_id, project_id, n_agreeing, n_top, n_votes
    from quality.majorities
    where 2 * n_top > n_votes
),

majority_skills as (
    select
        worker_id,
        project_id,
        count(*) as n_majority,
        count(*) filter (where n_agreeing = n_top) as n_agreeing,
        cast(count(*) filter (where n_agreeing = n_top) as double) / count(*) as majority_agreement
    from majorities
    group by worker_id, project_id
)

select * from majority_skills
