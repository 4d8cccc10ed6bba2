-- One labelled candidate per row, in an order that tells nothing of its label.
-- grain: one row per (query_id, item_id)
with

candidates as (
    select *
    from training.candidates
),

splits as (
    select query_id, split, qid, first_row, n_items, prompt, query_vector
    from training.splits
),

candidates_with_split as (
    select
        candidates.*,
        splits.split,
        splits.qid,
        splits.first_row,
        splits.n_items,
        splits.prompt,
        splits.query_vector,
        sha256_key(candidates.query_id, candidates.item_id) as item_key,
        1.0 / (1.0 + coalesce(candidates.score_se * candidates.score_se, 0.0)) as weight
    from candidates
    inner join splits on candidates.query_id = splits.query_id
),

with_position as (
    select
        *,
        cast(row_number() over (partition by query_key, query_id order by item_key, item_id) as bigint) - 1 as pos,
        avg(weight) over (
            partition by query_key, query_id
            order by item_key, item_id
            rows between unbounded preceding and unbounded following
        ) as group_weight
    from candidates_with_split
),

with_label as (
    select
        *,
        case $labels
            when 'rank' then greatest(0, 5 - rank)
            when 'probability' then cast(floor(4 * mean_win_probability + 0.5) as bigint)
            -- floor(4 (b + (e - 1) / 2) / (n - 1) + 1/2) in whole numbers; b items lie below, e are equal.
            else (8 * (n_items - (rank - 1) - n_at_rank) + 4 * (n_at_rank - 1) + (n_items - 1))
                / (2 * (n_items - 1))
        end as label
    from with_position
),

pointwise as (
    select
        query_key,
        split,
        query_id,
        qid,
        item_id,
        item_idx,
        cast(pos as int) as pos,
        cast(label as tinyint) as label,
        cast(score as float) as score,
        cast(coalesce(score_lo, score) as float) as score_lo,
        cast(coalesce(score_hi, score) as float) as score_hi,
        rank,
        cast(n_comparisons as int) as n_comparisons,
        cast(n_workers as int) as n_workers,
        cast(weight as float) as weight,
        cast(group_weight as float) as group_weight,
        pair_features($features, query_vector, item_vector) as features,
        cast($as_of as date) as as_of,
        first_row + pos as row_idx,
        prompt,
        completion,
        item_key
    from with_label
)

select * from pointwise
order by query_key, query_id, item_key, item_id
