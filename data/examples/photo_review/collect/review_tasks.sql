-- Photos that wait for a verdict: the tasks of the reviewers.
-- grain: one row per photo
with

-- The log may hold a row twice.
photos as (
    select assignment_id, min(photo_url) as photo_url
    from raw.responses
    group by assignment_id
),

decisions as (
    select assignment_id, task_id
    from quality.decisions
    where is_kept
),

judged_pages as (
    select assignment_id
    from quality.page_states
),

photos_without_verdict as (
    select decisions.assignment_id, decisions.task_id
    from decisions
    left anti join judged_pages on decisions.assignment_id = judged_pages.assignment_id
),

review_tasks as (
    select
        cast(photos.assignment_id as varchar) as task_id,
        cast(photos_without_verdict.task_id as varchar) as place_id,
        cast(photos.photo_url as varchar) as photo_url,
        cast(3 as int) as overlap  -- As many as the verdict in crowdrank.toml needs.
    from photos_without_verdict
    inner join photos on photos_without_verdict.assignment_id = photos.assignment_id
)

select * from review_tasks
order by task_id
