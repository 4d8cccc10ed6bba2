-- The queries that share items, directly or by way of others, where they must not be divided: each with the oldest of them,
-- and with the split in which one of them was published before.
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

previous_lists as (
    select query_id, split
    from previous.lists
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

-- The oldest of those that stood in a split: where it is, the others go.
placed as (
    select members.leader_idx, previous_lists.split
    from members
    inner join queries on members.query_idx = queries.idx
    inner join previous_lists on queries.id = previous_lists.query_id
    qualify row_number() over (partition by members.leader_idx order by members.query_idx) = 1
),

components as (
    select
        members.query_idx,
        members.leader_idx,
        queries.id as leader_id,
        cast(placed.split as varchar) as previous_split
    from members
    inner join queries on members.leader_idx = queries.idx
    left join placed on members.leader_idx = placed.leader_idx
)

select * from components
