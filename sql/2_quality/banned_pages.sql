-- Pages that a ban touches: taken while it was in force, or handed in before it by the worker it banned.
-- grain: one row per assignment_id
with

responses as (
    select assignment_id, worker_id, project_id, pool_id, created_at, submitted_at
    from ingest.responses
    where copy_number = 1
),

bans as (
    select worker_id, scope, project_id, pool_id, started_at, will_expire_at
    from quality.bans
),

answers_and_bans as (
    select
        responses.worker_id,
        responses.assignment_id,
        bans.started_at < responses.created_at
            and (bans.will_expire_at is null or responses.created_at < bans.will_expire_at) as is_inside,
        coalesce(responses.submitted_at > bans.started_at, false) as is_later,
        -- A pause of a pool says nothing about what was answered outside it.
        bans.scope <> 'POOL' and case $banned_answers
            when 'drop_before_ban' then responses.submitted_at <= bans.started_at
            when 'active_at_as_of' then
                bans.started_at < $as_of
                and (bans.will_expire_at is null or $as_of < bans.will_expire_at)
                and responses.submitted_at <= $as_of
            else false
        end as is_taken_back
    from bans
    inner join responses on bans.worker_id = responses.worker_id
    where bans.scope = 'ALL_PROJECTS'
        or (bans.scope = 'PROJECT' and bans.project_id = responses.project_id)
        or (bans.scope = 'POOL' and bans.pool_id = responses.pool_id)
),

banned_pages as (
    select
        sha256_key(worker_id) as worker_key,
        worker_id,
        assignment_id,
        bool_or(is_inside or (is_taken_back and is_later)) as is_blocked,
        bool_or(is_taken_back and not is_later) as is_before_ban
    from answers_and_bans
    where is_inside or is_taken_back
    group by worker_id, assignment_id
)

select * from banned_pages
