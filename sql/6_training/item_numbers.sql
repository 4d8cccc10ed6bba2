-- The number of each candidate: numbers of earlier snapshots stay, new items are appended in byte order.
-- grain: one row per id
with

scores as (
    select query_id, item_id
    from ranking.scores
),

groups as (
    select query_id
    from training.groups
    where is_effective
),

previous_items as (
    select id, idx
    from previous.items
),

next_idx as (
    select coalesce(max(idx) + 1, 0) as idx
    from previous_items
),

new_items as (
    select scores.item_id as id
    from scores
    left semi join groups on scores.query_id = groups.query_id
    left anti join previous_items on scores.item_id = previous_items.id
    group by scores.item_id
),

vocabulary as (
    select id, idx
    from previous_items
    union all
    select new_items.id, next_idx.idx + cast(row_number() over (order by new_items.id) as bigint) - 1 as idx
    from new_items
    cross join next_idx
)

select * from vocabulary
