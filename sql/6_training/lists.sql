-- One query per row with all its candidates, in the order of the pointwise table.
-- grain: one row per query_id
with

pointwise as (
    select *
    from training.pointwise
),

lists as (
    select
        query_key,
        split,
        query_id,
        qid,
        array_agg(item_id order by pos) as item_ids,
        array_agg(item_idx order by pos) as item_idx,
        array_agg(label order by pos) as labels,
        array_agg(score order by pos) as scores,
        cast(count(*) as int) as list_size,
        min(group_weight) as group_weight
    from pointwise
    group by query_key, split, query_id, qid
)

select * from lists
order by query_key, query_id
