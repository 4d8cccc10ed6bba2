-- The scores of the query's candidates, best first.
-- grain: one row per candidate
with

scores as (
    select item_id, score, score_se, score_lo, score_hi, rank, rank_lo, rank_hi, n_comparisons, n_workers, status
    from ranking.scores
    where query_id = $query_id
)

select * from scores
order by rank, item_id
