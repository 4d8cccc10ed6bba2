-- The votes on real tasks, and verdicts on pages that were rejected at some time: such a vote is not collected then.
-- grain: one row per vote, or per verdict on the page of a vote
with

responses as (
    select
        task_id, pool_id, worker_id, project_id, assignment_id, task_index, answer, overlap, created_at, submitted_at
    from ingest.responses
    where copy_number = 1
        and task_kind = 'REAL'
        and status in ('SUBMITTED', 'ACCEPTED', 'REJECTED')
        and submitted_at <= $as_of
        and answer is not null
        -- Rejected nobody knows when: never collected.
        and (status <> 'REJECTED' or rejected_at is not null or $has_review_events)
),

reviews as (
    select assignment_id, verdict, at
    from ingest.reviews
),

rejected_pages as (
    select assignment_id
    from reviews
    where verdict = 'REJECT'
    group by assignment_id
),

verdicts_that_matter as (
    select reviews.*
    from reviews
    left semi join rejected_pages on reviews.assignment_id = rejected_pages.assignment_id
),

ballots as (
    select
        sha256_key(task_id) as task_key, 'BALLOT' as kind, task_id, pool_id, worker_id, project_id, assignment_id,
        answer, task_index, overlap, created_at, submitted_at, submitted_at as at
    from responses
    union all
    select
        sha256_key(responses.task_id), verdicts_that_matter.verdict, responses.task_id, responses.pool_id,
        responses.worker_id, responses.project_id, responses.assignment_id, responses.answer, responses.task_index,
        responses.overlap, responses.created_at, responses.submitted_at, verdicts_that_matter.at
    from responses
    inner join verdicts_that_matter on responses.assignment_id = verdicts_that_matter.assignment_id
)

select * from ballots
