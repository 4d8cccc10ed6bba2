-- The tasks to answer again, as they are published: lost answers first, then labels that are not sure enough.
-- grain: one row per (task_id, pool_id)
with

relabel as (
    select task_id, pool_id, query_id, left_item_id, right_item_id, reason, extra_overlap, excluded_worker_ids,
        extra_cost_usd
    from quality.relabel
),

overlaps as (
    select *
    from labels.overlaps
    where $min_confidence > 0 and not is_enough and n_more > 0
),

workers_who_answered as (
    select task_id, array_agg(worker_id order by worker_id) as worker_ids
    from labels.kept_answers
    where is_vote and $min_confidence > 0
    group by task_id
),

unsure_tasks as (
    select
        overlaps.task_id,
        overlaps.pool_id,
        cast(null as varchar) as query_id,
        cast(null as varchar) as left_item_id,
        cast(null as varchar) as right_item_id,
        'low_confidence' as reason,
        cast(overlaps.n_more as int) as extra_overlap,
        workers_who_answered.worker_ids as excluded_worker_ids,
        overlaps.n_more * overlaps.cost_usd as extra_cost_usd
    from overlaps
    inner join workers_who_answered on overlaps.task_id = workers_who_answered.task_id
    left anti join relabel on overlaps.task_id = relabel.task_id
),

all_tasks as (
    select * from relabel
    union all
    select * from unsure_tasks
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
    from all_tasks
)

select * from published
order by task_id, pool_id
