-- The label of each real task.
-- grain: one row per task_id
with

labels_by_vote as (
    select *
    from labels.labels_by_vote
),

labels_by_model as (
    select *
    from labels.labels_by_model
),

asked_tasks as (
    select task_id
    from labels.kept_answers
    group by task_id
),

labels_of_asked_tasks as (
    select labels_by_model.*
    from labels_by_model
    left semi join asked_tasks on labels_by_model.task_id = asked_tasks.task_id
),

all_labels as (
    select task_id, label, confidence, n_answers, posterior_label, is_tie from labels_by_vote
    union all
    select task_id, label, confidence, n_answers, posterior_label, is_tie from labels_of_asked_tasks
),

labels as (
    select task_id, label, confidence, n_answers, $label_method as method, posterior_label, is_tie
    from all_labels
    where label is not null
)

select * from labels
