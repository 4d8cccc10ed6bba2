-- The votes, and every other answer about the same candidates with weight 0: known, but without a say.
-- grain: one row per answer to a real task
with

votes as (
    select query_id, left_item_id, right_item_id, outcome, weight, worker_id
    from comparisons.votes
),

dropped_answers as (
    select query_id, left_item_id, right_item_id, worker_id
    from quality.decisions
    where not is_kept and drop_reason not in ('training', 'golden', 'self_comparison')
),

shown_without_vote as (
    select query_id, left_item_id, right_item_id, 'tie' as outcome, 0.0 as weight, worker_id
    from dropped_answers
),

candidates as (
    select * from votes
    union all
    select * from shown_without_vote
)

select * from candidates
