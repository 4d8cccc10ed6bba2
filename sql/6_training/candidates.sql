-- The scored candidates of the queries that are published, with their numbers and texts.
-- grain: one row per (query_id, item_id)
with

scores as (
    select *
    from ranking.scores
),

groups as (
    select query_id
    from training.groups
    where is_effective
),

items as (
    select id, idx, completion, vector
    from training.items
),

candidates as (
    select scores.*, items.idx as item_idx, items.completion, items.vector as item_vector
    from items
    inner join scores on items.id = scores.item_id
    left semi join groups on scores.query_id = groups.query_id
)

select * from candidates
