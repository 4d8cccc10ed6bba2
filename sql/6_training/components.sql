-- The queries that share items, directly or by way of others, where they must not be split: each with the oldest of them.
-- grain: one row per query_idx; none where every query stands for itself
with

candidates as (
    select query_id, item_idx
    from training.candidates
    where $group_by = 'component'
),

queries as (
    select id, idx
    from training.queries
),

linked as (
    select unnest(connected_components(queries.idx, candidates.item_idx)) as member
    from candidates
    inner join queries on candidates.query_id = queries.id
),

members as (
    select member['node'] as query_idx, member['leader'] as leader_idx
    from linked
),

components as (
    select members.query_idx, members.leader_idx, queries.id as leader_id
    from members
    inner join queries on members.leader_idx = queries.idx
)

select * from components
