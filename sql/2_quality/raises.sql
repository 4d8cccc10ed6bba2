-- Pages whose real tasks rules give out again, and why; a page is made up for at most once.
-- grain: one row per page, or per (page, rule) where the configuration compensates each
with

pages as (
    select assignment_id, pool_id, task_suite_id, submitted_at
    from ingest.pages
    where is_handed_in
),

outcomes as (
    select assignment_id, kind, rule, action, value, is_after_review, at
    from quality.outcomes
    where kind in ('RAISE', 'VERDICT', 'BLOCKED')
),

blocked_pages as (
    select assignment_id
    from outcomes
    where kind = 'BLOCKED' and $blocked_answers = 'excluded'
),

suite_pages as (
    select pages.*
    from pages
    left anti join blocked_pages on pages.assignment_id = blocked_pages.assignment_id
    where $needs_suites
),

suite_events as (
    select assignment_id, pool_id, task_suite_id, 'SUBMITTED' as kind, submitted_at as at
    from suite_pages
    union all
    select
        suite_pages.assignment_id, suite_pages.pool_id, suite_pages.task_suite_id,
        case when reviews.is_silent then concat(reviews.verdict, '_BY_RULE') else reviews.verdict end as kind,
        reviews.at
    from suite_pages
    inner join ingest.reviews on suite_pages.assignment_id = reviews.assignment_id
    union all
    select
        suite_pages.assignment_id, suite_pages.pool_id, suite_pages.task_suite_id,
        concat(outcomes.action, '_BY_RULE'), outcomes.at
    from suite_pages
    inner join outcomes on suite_pages.assignment_id = outcomes.assignment_id
    where outcomes.kind = 'VERDICT'
),

replayed_suites as (
    select unnest(replay_suite(kind, pool_id, assignment_id, at, $rules)) as raise
    from suite_events
    group by pool_id, task_suite_id
),

all_raises as (
    select
        raise['assignment_id'] as assignment_id, raise['rule'] as rule, raise['reason'] as reason,
        raise['delta'] as delta, true as is_after_review, raise['at'] as at
    from replayed_suites
    union all
    select
        assignment_id, rule, action as reason, value as delta, is_after_review, at
    from outcomes
    where kind = 'RAISE'
),

raises as (
    select assignment_id, rule, reason, delta, at
    from all_raises
    -- A review comes before what follows from it; fewer answers make up for nothing.
    qualify $compensation = 'each'
        or delta < 0
        or row_number() over (
            partition by assignment_id, delta > 0
            order by at, is_after_review, case when reason = 'rejected' then 1 else 2 end, reason, rule, delta
        ) = 1
)

select * from raises
