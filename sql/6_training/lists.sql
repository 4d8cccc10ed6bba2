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
        -- A shard's rows are read as they stand; the check holds the positions against it.
        array_agg(pos) as positions,
        array_agg(item_id) as item_ids,
        array_agg(item_idx) as item_idx,
        array_agg(label) as labels,
        array_agg(score) as scores,
        cast(count(*) as int) as list_size,
        min(group_weight) as group_weight
    from pointwise
    group by query_key, split, query_id, qid
)

select * from lists
order by query_key, query_id
