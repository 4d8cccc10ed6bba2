-- Pages that the worker took, by pool and state; a verdict of a rule or of a list of reviews comes before the log's.
-- grain: one row per (project_id, pool_id, status)
with

pages as (
    select assignment_id, project_id, pool_id, status
    from ingest.pages
    where worker_id = $worker_id
),

page_states as (
    select assignment_id, status
    from quality.page_states
),

judged_pages as (
    select
        pages.project_id,
        pages.pool_id,
        case
            when pages.status in ('SUBMITTED', 'ACCEPTED', 'REJECTED') then coalesce(page_states.status, pages.status)
            else pages.status
        end as status
    from pages
    left join page_states on pages.assignment_id = page_states.assignment_id
),

visits as (
    select project_id, pool_id, status, count(*) as n_pages
    from judged_pages
    group by project_id, pool_id, status
)

select * from visits
order by project_id, pool_id, status
