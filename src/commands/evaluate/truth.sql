-- The known relevance of candidates; of several rows about one candidate their mean.
-- grain: one row per (query_id, item_id)
with

truth as (
    select query_id, item_id, score
    from source.truth
    where score is not null
),

known as (
    select query_id, item_id, avg(score) as score
    from truth
    group by query_id, item_id
)

select * from known
