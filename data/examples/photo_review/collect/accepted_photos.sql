-- The photos that reviewers accepted.
-- grain: one row per accepted photo
with

-- The log may hold a row twice.
photos as (
    select assignment_id, min(photo_url) as photo_url
    from raw.responses
    group by assignment_id
),

decisions as (
    select assignment_id, task_id, worker_id, submitted_at
    from quality.decisions
    where is_kept
),

accepted_pages as (
    select assignment_id
    from quality.page_states
    where status = 'ACCEPTED'
),

accepted_photos as (
    select
        cast(decisions.task_id as varchar) as place_id,
        cast(decisions.assignment_id as varchar) as assignment_id,
        cast(decisions.worker_id as varchar) as worker_id,
        cast(photos.photo_url as varchar) as photo_url,
        decisions.submitted_at as taken_at
    from decisions
    inner join accepted_pages on decisions.assignment_id = accepted_pages.assignment_id
    inner join photos on decisions.assignment_id = photos.assignment_id
)

select * from accepted_photos
order by place_id, assignment_id
