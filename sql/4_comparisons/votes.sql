-- The answers that count, with the weight of the worker who gave them.
-- grain: one row per kept answer
with

decisions as (
    select *
    from quality.decisions
    where is_kept and $kind = 'side_by_side'
),

workers as (
    select worker_id, project_id, weight
    from skills.workers
),

votes as (
    select
        decisions.query_key,
        decisions.query_id,
        decisions.left_item_id,
        decisions.right_item_id,
        decisions.answer as outcome,
        decisions.worker_id,
        workers.weight,
        decisions.submitted_at
    from decisions
    inner join workers
        on decisions.worker_id = workers.worker_id
        and decisions.project_id = workers.project_id
)

select * from votes
