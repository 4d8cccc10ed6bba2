-- The tasks to answer again, as they are published.
-- grain: one row per (task_id, pool_id)
with

relabel as (
    select *
    from quality.relabel
),

published as (
    select
        task_id,
        pool_id,
        query_id,
        left_item_id,
        right_item_id,
        reason,
        extra_overlap,
        case
            when $publish_worker_ids then excluded_worker_ids
            else worker_pseudonyms(excluded_worker_ids)
        end as excluded_worker_ids,
        extra_cost_usd
    from relabel
)

select * from published
order by task_id, pool_id
