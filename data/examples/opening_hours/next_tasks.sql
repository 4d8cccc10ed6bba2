-- Locations that want more answers, as the platform takes them: whom to leave out, and the new overlap.
-- grain: one row per (location_id, pool_id)
with

relabel as (
    select task_id, pool_id, reason, extra_overlap, excluded_worker_ids
    from published.relabel
),

labels as (
    select task_id, n_answers
    from published.labels
),

next_tasks as (
    select
        cast(relabel.task_id as varchar) as location_id,
        cast(relabel.pool_id as varchar) as pool_id,
        cast(relabel.reason as varchar) as reason,
        relabel.excluded_worker_ids as excluded_worker_ids,
        cast(relabel.extra_overlap as int) as extra_overlap,
        -- A location all of whose answers were lost has no label.
        cast(coalesce(labels.n_answers, 0) + relabel.extra_overlap as int) as overlap
    from relabel
    left join labels on relabel.task_id = labels.task_id
)

select * from next_tasks
order by location_id, pool_id
