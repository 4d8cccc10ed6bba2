-- Bans by scope, and the workers whom one of them kept out of a project.
-- grain: one row per rule set
with

bans as (
    select worker_id, scope, source
    from quality.bans
),

counted as (
    select
        count(*) filter (where scope = 'PROJECT') as "PROJECT",
        count(*) filter (where scope = 'ALL_PROJECTS') as "ALL_PROJECTS",
        count(*) filter (where scope = 'POOL') as "POOL",
        count(*) filter (where source = 'input') as n_of_platform,
        -- A pause of one pool bans nobody.
        count(distinct case when scope <> 'POOL' then worker_id end) as n_banned_workers
    from bans
)

select * from counted
