-- The skill that counts for each worker: that of the first source in the configured order that knows the worker.
-- grain: one row per (worker_id, project_id)
with

skill_values as (
    select *, array_position(string_to_array($skill_sources, chr(10)), source) as place
    from quality.skill_values
),

chosen_skills as (
    select worker_id, project_id, source, skill, n_answers, n_right
    from skill_values
    where place is not null
    qualify row_number() over (partition by worker_id, project_id order by place) = 1
)

select * from chosen_skills
