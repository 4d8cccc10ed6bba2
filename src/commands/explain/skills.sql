-- The worker's skill by every source that knows one, and which of them counts.
-- grain: one row per (project_id, source)
with

skill_values as (
    select project_id, source, skill, n_answers, n_right
    from quality.skill_values
    where worker_id = $worker_id
),

chosen_skills as (
    select project_id, source
    from quality.chosen_skills
    where worker_id = $worker_id
),

skills as (
    select skill_values.*, chosen_skills.source is not null as is_chosen
    from skill_values
    left join chosen_skills
        on skill_values.project_id = chosen_skills.project_id
        and skill_values.source = chosen_skills.source
)

select * from skills
order by project_id, is_chosen desc, source
