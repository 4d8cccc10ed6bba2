-- Compared candidates of which one ranks higher, the higher one chosen.
-- grain: one row per (query_id, chosen_item_id, rejected_item_id)
with

pairs as (
    select
        query_key, query_id, first_item_id, second_item_id, n_votes, n_ties,
        wins_first + wins_second + ties as weight
    from comparisons.pairs
),

scores as (
    select query_id, item_id, score, rank
    from ranking.scores
),

pairs_with_scores as (
    select
        pairs.*,
        first_scores.score as first_score,
        second_scores.score as second_score,
        first_scores.rank < second_scores.rank as is_first_higher
    from pairs
    inner join scores as first_scores
        on pairs.query_id = first_scores.query_id
        and pairs.first_item_id = first_scores.item_id
    inner join scores as second_scores
        on pairs.query_id = second_scores.query_id
        and pairs.second_item_id = second_scores.item_id
    where first_scores.rank <> second_scores.rank
),

decided_pairs as (
    select
        query_key,
        query_id,
        case when is_first_higher then first_item_id else second_item_id end as chosen_item_id,
        case when is_first_higher then second_item_id else first_item_id end as rejected_item_id,
        n_votes,
        n_ties,
        weight,
        abs(first_score - second_score) as margin
    from pairs_with_scores
)

select * from decided_pairs
