-- Every vote with a key that says what it is and not where it stands: by it answers are held out.
-- grain: one row per vote
with

votes as (
    select query_id, left_item_id, right_item_id, outcome, weight, worker_id, submitted_at
    from comparisons.votes
),

keyed_votes as (
    select
        query_id,
        left_item_id,
        right_item_id,
        outcome,
        weight,
        worker_id,
        sha256_key(
            concat(query_id, chr(0), left_item_id, chr(0), right_item_id),
            concat(worker_id, chr(0), outcome, chr(0), submitted_at)
        ) as key,
        cast(submitted_at as bigint) as time
    from votes
)

select * from keyed_votes
