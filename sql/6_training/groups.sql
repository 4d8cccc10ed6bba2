-- Queries and whether they teach anything: at least one compared pair must be decided.
-- grain: one row per query_id
with

scores as (
    select query_key, query_id
    from ranking.scores
),

decided_pairs as (
    select query_id
    from training.decided_pairs
),

sizes as (
    select query_key, query_id, count(*) as n_items
    from scores
    group by query_key, query_id
),

decided as (
    select query_id, count(*) as n_decided_pairs
    from decided_pairs
    group by query_id
),

groups as (
    select
        sizes.query_key,
        sizes.query_id,
        sizes.n_items,
        coalesce(decided.n_decided_pairs, 0) as n_decided_pairs,
        decided.n_decided_pairs is not null as is_effective
    from sizes
    left join decided on sizes.query_id = decided.query_id
)

select * from groups
