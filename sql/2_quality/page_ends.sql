-- How pages ended: handed in, skipped, or out of time.
-- grain: one row per assignment_id that ended
with

pages as (
    select *
    from ingest.pages
),

ended as (
    select
        assignment_id,
        worker_id,
        pool_id,
        project_id,
        case when is_handed_in then 'SUBMITTED' else status end as kind,
        reward_usd,
        created_at,
        -- A log without the time of a skip has at least that of the page.
        case
            when is_handed_in then submitted_at
            when status = 'SKIPPED' then coalesce(skipped_at, created_at)
            when status = 'EXPIRED' then coalesce(expired_at, created_at)
        end as at
    from pages
    where is_handed_in or status in ('SKIPPED', 'EXPIRED')
),

page_ends as (
    select *
    from ended
    where at <= $as_of
)

select * from page_ends
