-- Verdicts on pages: those of the list or, without a list, those that the log's times tell. What the log tells beside a
-- list happened in silence: the page changed its state and nobody reviewed it.
-- grain: one row per verdict
with

given_reviews as (
    select assignment_id, verdict, at
    from ingest.given_reviews
),

pages as (
    select *
    from ingest.pages
    where is_handed_in
),

pages_without_review as (
    select pages.*
    from pages
    left anti join given_reviews on pages.assignment_id = given_reviews.assignment_id
),

told_by_the_log as (
    select assignment_id, 'ACCEPT' as verdict, accepted_at as at, $has_review_events as is_silent
    from pages_without_review
    where accepted_at <= $as_of
    union all
    select assignment_id, 'REJECT' as verdict, rejected_at as at, $has_review_events as is_silent
    from pages_without_review
    where rejected_at <= $as_of
    union all
    -- Decided, and nothing says when: from the start.
    select assignment_id, case status when 'ACCEPTED' then 'ACCEPT' else 'REJECT' end as verdict, submitted_at as at,
        true as is_silent
    from pages_without_review
    where (status = 'ACCEPTED' and accepted_at is null) or (status = 'REJECTED' and rejected_at is null)
),

verdicts as (
    select assignment_id, verdict, at, false as is_silent
    from given_reviews
    union all
    select assignment_id, verdict, at, is_silent
    from told_by_the_log
),

reviews as (
    select
        verdicts.assignment_id,
        pages.worker_id,
        pages.pool_id,
        pages.project_id,
        verdicts.verdict,
        verdicts.is_silent,
        pages.created_at,
        pages.submitted_at,
        -- Nobody reviews what was not handed in yet.
        greatest(verdicts.at, pages.submitted_at) as at
    from verdicts
    inner join pages on verdicts.assignment_id = pages.assignment_id
)

select * from reviews
