-- The score, interval and rank of every candidate, by the configured method.
-- grain: one row per (query_id, item_id)
with

votes as (
    select query_key, query_id, left_item_id, right_item_id, outcome, weight, worker_id, submitted_at
    from comparisons.votes
),

ranked_queries as (
    select
        query_key,
        query_id,
        rank_candidates(
            left_item_id, right_item_id, outcome, weight, worker_id, $fit_options, $method,
            -- Only one method asks in which order the answers came.
            case when $method = 'elo' then submitted_at end
        ) as candidates
    from votes
    group by query_key, query_id
),

candidates as (
    select query_key, query_id, unnest(candidates) as candidate
    from ranked_queries
),

scores as (
    select
        query_key,
        query_id,
        candidate['item_id'] as item_id,
        candidate['score'] as score,
        candidate['score_se'] as score_se,
        candidate['score_lo'] as score_lo,
        candidate['score_hi'] as score_hi,
        candidate['win_probability'] as win_probability,
        candidate['mean_win_probability'] as mean_win_probability,
        candidate['rank'] as rank,
        candidate['rank_lo'] as rank_lo,
        candidate['rank_hi'] as rank_hi,
        candidate['n_at_rank'] as n_at_rank,
        candidate['n_comparisons'] as n_comparisons,
        candidate['n_workers'] as n_workers,
        candidate['component_id'] as component_id,
        candidate['status'] as status,
        candidate['status'] <> 'not_converged' as is_converged,
        candidate['iterations'] as iterations,
        candidate['gradient_norm'] as gradient_norm
    from candidates
)

select * from scores
