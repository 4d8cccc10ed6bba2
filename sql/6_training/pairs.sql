-- One decided comparison per row, with the rows of its two candidates and texts for preference training.
-- grain: one row per (query_id, chosen_item_id, rejected_item_id)
with

decided_pairs as (
    select *
    from training.decided_pairs
),

pointwise as (
    select query_id, item_id, split, qid, pos, row_idx, prompt, completion
    from training.pointwise
),

pairs as (
    select
        decided_pairs.query_key,
        chosen.split,
        decided_pairs.query_id,
        chosen.qid,
        decided_pairs.chosen_item_id,
        decided_pairs.rejected_item_id,
        chosen.row_idx as chosen_row,
        rejected.row_idx as rejected_row,
        cast(1.0 / (1.0 + exp(-decided_pairs.margin)) as float) as prob,
        cast(decided_pairs.margin as float) as margin,
        cast(decided_pairs.weight as float) as weight,
        cast(decided_pairs.n_votes as int) as n_votes,
        cast(decided_pairs.n_ties as int) as n_ties,
        chosen.prompt,
        chosen.completion as chosen,
        rejected.completion as rejected,
        chosen.pos as chosen_pos,
        rejected.pos as rejected_pos
    from decided_pairs
    inner join pointwise as chosen
        on decided_pairs.query_id = chosen.query_id
        and decided_pairs.chosen_item_id = chosen.item_id
    inner join pointwise as rejected
        on decided_pairs.query_id = rejected.query_id
        and decided_pairs.rejected_item_id = rejected.item_id
)

select * from pairs
order by query_key, query_id, chosen_pos, rejected_pos
