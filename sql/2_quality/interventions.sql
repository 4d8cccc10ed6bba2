-- What rules did to pages that others vote with: a majority depends on it, so that it is found in rounds.
-- grain: one row per page that a rule kept from counting, or verdict of a rule on a page
with

outcomes as (
    select assignment_id, kind, action, at
    from quality.outcomes
    where kind in ('BLOCKED', 'VERDICT')
),

interventions as (
    select
        assignment_id,
        case when kind = 'BLOCKED' then kind else action end as kind,
        at
    from outcomes
)

select * from interventions
