-- The pools that somebody worked in, each with its project.
-- grain: one row per pool_id
with

responses as (
    select pool_id, project_id
    from ingest.responses
),

visited_pools as (
    select pool_id, min(project_id) as project_id
    from responses
    group by pool_id
)

select * from visited_pools
