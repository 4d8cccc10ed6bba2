-- Verdicts of the requester on pages, from a list of their own; without a time they hold at the as-of time.
-- grain: one row per verdict
with

review_events as (
    select assignment_id, upper(event) as verdict, coalesce(at, $as_of) as at
    from source.review_events
    -- Without a verdict nobody decided yet.
    where event is not null
        and (at is null or at <= $as_of)
),

pages as (
    select assignment_id, worker_id
    from ingest.pages
    where is_handed_in
),

given_reviews as (
    select
        sha256_key(pages.worker_id) as worker_key,
        review_events.assignment_id,
        review_events.verdict,
        review_events.at
    from review_events
    inner join pages on review_events.assignment_id = pages.assignment_id
)

select * from given_reviews
