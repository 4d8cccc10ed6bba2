-- How far workers agree beyond chance: Krippendorff's alpha for nominal labels, 1 where always, 0 where by chance.
-- grain: one row per project_id
with

kept_answers as (
    select project_id, task_id, worker_id, answer
    from labels.kept_answers
    where is_vote
),

agreement as (
    select
        project_id,
        krippendorff_alpha(task_id, worker_id, answer) as krippendorff_alpha,
        count(*) as n_answers
    from kept_answers
    group by project_id
)

select * from agreement
