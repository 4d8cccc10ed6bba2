-- The number of each query: numbers of earlier snapshots stay, new queries are appended in byte order.
-- grain: one row per id
with

groups as (
    select query_id
    from training.groups
    where is_effective
),

previous_queries as (
    select id, idx
    from previous.queries
),

next_idx as (
    select coalesce(max(idx) + 1, 0) as idx
    from previous_queries
),

new_queries as (
    select groups.query_id as id
    from groups
    left anti join previous_queries on groups.query_id = previous_queries.id
),

vocabulary as (
    select id, idx
    from previous_queries
    union all
    select new_queries.id, next_idx.idx + cast(row_number() over (order by new_queries.id) as bigint) - 1 as idx
    from new_queries
    cross join next_idx
)

select * from vocabulary
