-- The workers as they are published: under a pseudonym, unless the operator publishes their ids.
-- grain: one row per (worker_id, project_id)
with

workers as (
    select *
    from skills.workers
),

published as (
    select
        case when $publish_worker_ids then worker_id else worker_pseudonym(worker_id) end as worker_id,
        * exclude (worker_id)
    from workers
)

select * from published
order by worker_id, project_id
