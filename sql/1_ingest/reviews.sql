-- Verdicts of the requester on pages: those of the list or, without a list, those that the log's times tell.
-- grain: one row per verdict
with

given_reviews as (
    select assignment_id, verdict, at
    from ingest.given_reviews
),

pages as (
    select assignment_id, worker_id, pool_id, project_id, created_at, submitted_at, accepted_at, rejected_at
    from ingest.pages
    where is_handed_in
),

told_by_the_log as (
    select assignment_id, 'ACCEPT' as verdict, accepted_at as at
    from pages
    where not $has_review_events and accepted_at <= $as_of
    union all
    select assignment_id, 'REJECT' as verdict, rejected_at as at
    from pages
    where not $has_review_events and rejected_at <= $as_of
),

verdicts as (
    select assignment_id, verdict, at from given_reviews
    union all
    select assignment_id, verdict, at from told_by_the_log
),

reviews as (
    select
        verdicts.assignment_id,
        pages.worker_id,
        pages.pool_id,
        pages.project_id,
        verdicts.verdict,
        pages.created_at,
        pages.submitted_at,
        -- Nobody reviews what was not handed in yet.
        greatest(verdicts.at, pages.submitted_at) as at
    from verdicts
    inner join pages on verdicts.assignment_id = pages.assignment_id
)

select * from reviews
