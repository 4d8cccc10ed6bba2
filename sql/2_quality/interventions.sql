-- What rules did to pages that others vote with: a majority depends on it, so that it is found in rounds.
-- grain: one row per page that a rule kept from counting, or verdict of a rule on a page
with

outcomes as (
    select assignment_id, kind, action, at
    from quality.outcomes
    where kind in ('BLOCKED', 'VERDICT')
),

reviews as (
    select assignment_id, at
    from ingest.reviews
    where not is_silent
),

-- At one instant a reviewer has the last word.
outcomes_that_stand as (
    select outcomes.*
    from outcomes
    left anti join reviews
        on outcomes.assignment_id = reviews.assignment_id
        and outcomes.kind = 'VERDICT'
        and outcomes.at = reviews.at
    where (outcomes.kind = 'BLOCKED' and $blocked_answers = 'excluded')
        or (outcomes.kind = 'VERDICT' and $mode = 'replay')
),

interventions as (
    select
        assignment_id,
        case when kind = 'BLOCKED' then kind else action end as kind,
        at
    from outcomes_that_stand
)

select * from interventions
