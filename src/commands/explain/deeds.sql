-- What rules did to the worker beside bans: skills, verdicts on pages, pages given out again.
-- grain: one row per skill set, page decided, or (page, rule) given out again
with

pages as (
    select assignment_id, project_id, pool_id
    from ingest.pages
    where worker_id = $worker_id
),

skills as (
    select
        at, 'skill' as kind, cast(null as varchar) as project_id, pool_id, cast(null as varchar) as assignment_id,
        skill_id as label, rule, exact_value as value
    from quality.skill_history
    where worker_id = $worker_id
),

verdicts as (
    select
        outcomes.at, 'verdict' as kind, pages.project_id, pages.pool_id, pages.assignment_id,
        outcomes.action as label, cast(null as varchar) as rule, cast(null as double) as value
    from quality.outcomes
    inner join pages on outcomes.assignment_id = pages.assignment_id
    where outcomes.kind = 'VERDICT'
),

raises as (
    select
        raises.at, 'raise' as kind, pages.project_id, pages.pool_id, pages.assignment_id, raises.reason as label,
        raises.rule, cast(raises.delta as double) as value
    from quality.raises
    inner join pages on raises.assignment_id = pages.assignment_id
),

deeds as (
    select * from skills
    union all
    select * from verdicts
    union all
    select * from raises
)

select * from deeds
order by at, kind, rule, assignment_id, label, value
