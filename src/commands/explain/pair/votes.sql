-- Every vote that the query's scores were made of.
-- grain: one row per vote
with

votes as (
    select query_id, left_item_id, right_item_id, outcome, weight, worker_id
    from comparisons.votes
    where query_id = $query_id
)

select * from votes
