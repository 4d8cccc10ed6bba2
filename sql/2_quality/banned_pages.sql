-- Pages that a ban touches: taken while it was in force, or handed in before it by the worker it banned.
-- grain: one row per assignment_id
with

pages as (
    select assignment_id, worker_id, project_id, pool_id, created_at, submitted_at
    from ingest.pages
),

bans as (
    select worker_id, scope, project_id, pool_id, started_at, will_expire_at
    from quality.bans
),

pages_and_bans as (
    select
        pages.worker_id,
        pages.assignment_id,
        (
            bans.started_at < pages.created_at
            and (bans.will_expire_at is null or pages.created_at < bans.will_expire_at)
        ) or (
            $in_flight = 'blocked'
            and bans.started_at < pages.submitted_at
            and (bans.will_expire_at is null or pages.submitted_at < bans.will_expire_at)
        ) as is_inside,
        coalesce(pages.submitted_at > bans.started_at, false) as is_later,
        -- A pause of a pool says nothing about what was answered outside it.
        bans.scope <> 'POOL' and pages.submitted_at is not null and case $banned_answers
            when 'drop_before_ban' then pages.submitted_at <= bans.started_at
            when 'active_at_as_of' then
                bans.started_at < $as_of
                and (bans.will_expire_at is null or $as_of < bans.will_expire_at)
                and pages.submitted_at <= $as_of
            else false
        end as is_taken_back
    from bans
    inner join pages on bans.worker_id = pages.worker_id
    where bans.scope = 'ALL_PROJECTS'
        or (bans.scope = 'PROJECT' and bans.project_id = pages.project_id)
        or (bans.scope = 'POOL' and bans.pool_id = pages.pool_id)
),

banned_pages as (
    select
        worker_id,
        assignment_id,
        bool_or(is_inside) as is_inside,
        bool_or(is_inside or (is_taken_back and is_later)) as is_blocked,
        bool_or(is_taken_back and not is_later) as is_before_ban
    from pages_and_bans
    where is_inside or is_taken_back
    group by worker_id, assignment_id
)

select * from banned_pages
