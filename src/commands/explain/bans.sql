-- The worker's bans and what they took: pages handed in before them, and pages kept out later, by the rules of
-- quality.banned_pages. What several bans cover counts for the first, so that the bans add up to what is lost.
-- grain: one row per ban
with

bans as (
    select *, row_number() over (order by started_at, source, rule, scope, statistics) as number
    from quality.bans
    where worker_id = $worker_id
),

lost_answers as (
    select assignment_id, count(*) as n_answers
    from quality.decisions
    where worker_id = $worker_id and drop_reason in ('blocked_by_ban', 'before_ban')
    group by assignment_id
),

banned_pages as (
    select assignment_id, is_blocked, is_before_ban
    from quality.banned_pages
    where worker_id = $worker_id
),

pages as (
    select
        pages.assignment_id, pages.project_id, pages.pool_id, pages.created_at, pages.submitted_at,
        banned_pages.is_blocked, banned_pages.is_before_ban,
        coalesce(lost_answers.n_answers, 0) as n_answers
    from ingest.pages
    inner join banned_pages on pages.assignment_id = banned_pages.assignment_id
    left join lost_answers on pages.assignment_id = lost_answers.assignment_id
    where pages.is_handed_in
),

pages_of_bans as (
    select bans.number, pages.submitted_at <= bans.started_at as is_before, pages.n_answers
    from bans
    cross join pages  -- of one worker, so that both are few
    where (
            bans.scope = 'ALL_PROJECTS'
            or (bans.scope = 'PROJECT' and bans.project_id = pages.project_id)
            or (bans.scope = 'POOL' and bans.pool_id = pages.pool_id)
        )
        and case
            when pages.submitted_at <= bans.started_at then pages.is_before_ban and bans.scope <> 'POOL'
            else pages.is_blocked
                and (bans.will_expire_at is null or pages.created_at < bans.will_expire_at)
                and (
                    bans.started_at < pages.created_at
                    or $in_flight = 'blocked'
                    or $banned_answers = 'active_at_as_of'
                )
        end
    qualify row_number() over (partition by pages.assignment_id order by bans.number) = 1
),

taken as (
    select
        number,
        count(*) filter (where is_before) as n_pages_before,
        sum(n_answers) filter (where is_before) as n_answers_before,
        count(*) filter (where not is_before) as n_pages_inside,
        sum(n_answers) filter (where not is_before) as n_answers_inside
    from pages_of_bans
    group by number
),

bans_and_taken as (
    select
        bans.scope, bans.project_id, bans.pool_id, bans.source, bans.rule, bans.statistics,
        coalesce(taken.n_pages_before, 0) as n_pages_before,
        coalesce(taken.n_answers_before, 0) as n_answers_before,
        coalesce(taken.n_pages_inside, 0) as n_pages_inside,
        coalesce(taken.n_answers_inside, 0) as n_answers_inside,
        bans.started_at, bans.will_expire_at, bans.number
    from bans
    left join taken on bans.number = taken.number
)

select * exclude (number) from bans_and_taken
order by number
