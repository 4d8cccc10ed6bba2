-- The split of each query, by a hash of its id alone: a query never changes sides as data grows. Queries that must not
-- be divided go where one of them was published before, else with the oldest of them.
-- grain: one row per query_id
with

groups as (
    select query_key, query_id, n_items
    from training.groups
    where is_effective
),

queries as (
    select id, idx, prompt, vector
    from training.queries
),

components as (
    select query_idx, leader_id, previous_split
    from training.components
),

bucketed as (
    select
        groups.query_key,
        groups.query_id,
        queries.idx as query_idx,
        queries.prompt,
        queries.vector as query_vector,
        groups.n_items,
        components.previous_split,
        sha256_key($split_salt, coalesce(components.leader_id, groups.query_id)) % 10000 as bucket
    from groups
    inner join queries on groups.query_id = queries.id
    left join components on queries.idx = components.query_idx
),

with_split as (
    select
        *,
        case
            when previous_split is not null then previous_split
            when bucket < $train_end then 'train'
            when bucket < $validation_end then 'validation'
            else 'test'
        end as split
    from bucketed
),

splits as (
    select
        query_key,
        query_id,
        split,
        prompt,
        query_vector,
        n_items,
        cast(cast(row_number() over (partition by split order by query_key, query_id) as bigint) - 1 as int) as qid,
        -- The row of the query's first item in its split's pointwise table.
        cast(sum(n_items) over (
            partition by split
            order by query_key, query_id
            rows between unbounded preceding and current row
        ) - n_items as bigint) as first_row
    from with_split
)

select * from splits
