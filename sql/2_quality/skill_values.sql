-- The skill of each worker by each source that the configuration may name, with the answers that it stands on.
-- grain: one row per (worker_id, project_id, source)
with

golden_skills as (
    select *
    from quality.golden_skills
),

majority_skills as (
    select *
    from quality.majority_skills
),

given_skills as (
    select worker_id, skill_id, value
    from ingest.worker_skills
    qualify row_number() over (
        partition by worker_id, skill_id
        order by modified_at desc, value
    ) = 1
),

-- A skill set on the platform holds in every project that the worker visited.
visits as (
    select worker_id, project_id
    from ingest.pages
    group by worker_id, project_id
),

skill_values as (
    select
        worker_id, project_id, 'golden' as source, golden as skill, n_golden as n_answers,
        n_golden_correct as n_right
    from golden_skills
    union all
    select worker_id, project_id, 'exam' as source, exam as skill, n_exam as n_answers, n_exam_correct as n_right
    from golden_skills
    where n_exam > 0
    union all
    select
        worker_id, project_id, 'majority' as source, 100 * majority_agreement as skill, n_majority as n_answers,
        n_agreeing as n_right
    from majority_skills
    union all
    -- Nothing tells how many answers it stands on: it weighs like a hundred.
    select
        visits.worker_id, visits.project_id, concat('input:', given_skills.skill_id) as source,
        given_skills.value as skill, 100 as n_answers, cast(round(given_skills.value) as bigint) as n_right
    from visits
    inner join given_skills on visits.worker_id = given_skills.worker_id
)

select * from skill_values
