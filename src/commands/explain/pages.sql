-- How the worker's pages ended, and how many of their answers are kept.
-- grain: one row per page that ended
with

page_ends as (
    select assignment_id, project_id, pool_id, kind, at
    from quality.page_ends
    where worker_id = $worker_id
),

answers as (
    select assignment_id, count(*) filter (where is_real) as n_real, count(*) filter (where is_kept) as n_kept
    from quality.decisions
    where worker_id = $worker_id
    group by assignment_id
),

blocked_pages as (
    select assignment_id
    from quality.banned_pages
    where worker_id = $worker_id and is_inside
),

ended_pages as (
    select
        page_ends.at,
        'page' as kind,
        page_ends.project_id,
        page_ends.pool_id,
        page_ends.assignment_id,
        page_ends.kind as label,
        cast(answers.n_kept as double) as value,
        cast(answers.n_real as double) as value_max,
        blocked_pages.assignment_id is not null as is_blocked
    from page_ends
    left join answers on page_ends.assignment_id = answers.assignment_id
    left join blocked_pages on page_ends.assignment_id = blocked_pages.assignment_id
)

select * from ended_pages
order by at, assignment_id
