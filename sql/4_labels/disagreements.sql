-- Tasks on which workers did not all say the same, the most divided first.
-- grain: one row per task_id
with

kept_answers as (
    select task_id, answer, worker_id
    from labels.kept_answers
    where is_vote
),

labels as (
    select task_id, label, confidence, is_tie
    from labels.labels
),

answers_of_tasks as (
    select
        task_id,
        count(*) as n_answers,
        count(distinct answer) as n_different,
        array_agg(answer order by answer, worker_id) as answers
    from kept_answers
    group by task_id
),

disagreements as (
    select
        answers_of_tasks.task_id,
        labels.label,
        answers_of_tasks.answers,
        labels.confidence,
        answers_of_tasks.n_answers,
        answers_of_tasks.n_different,
        labels.is_tie
    from answers_of_tasks
    inner join labels on answers_of_tasks.task_id = labels.task_id
    where answers_of_tasks.n_different > 1
)

select * from disagreements
order by confidence, task_id
