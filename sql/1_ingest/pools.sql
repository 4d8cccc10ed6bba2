-- The pools' settings; a pool without a project belongs to the project "default".
-- grain: one row per pool_id
with

pools as (
    select pool_id, project_id, type, default_overlap, reward_usd, filter, quality_control
    from source.pools
),

cleaned as (
    select
        pool_id,
        coalesce(project_id, 'default') as project_id,
        upper(type) as type,
        filter,
        quality_control,
        default_overlap,
        reward_usd
    from pools
)

select * from cleaned
