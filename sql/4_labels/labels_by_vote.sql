-- The label of each task by counting votes, or by adding the skills behind them.
-- grain: one row per task_id
with

kept_answers as (
    select task_id, answer, worker_accuracy
    from labels.kept_answers
    where is_vote and $label_method in ('majority', 'by_skill')
),

votes as (
    select
        task_id,
        majority_label(answer, $label_json) as by_majority,
        by_skill_label(answer, worker_accuracy, $label_json) as by_skill
    from kept_answers
    group by task_id
),

chosen as (
    select task_id, case when $label_method = 'by_skill' then by_skill else by_majority end as chosen
    from votes
),

labels_by_vote as (
    select
        task_id,
        chosen['label'] as label,
        chosen['confidence'] as confidence,
        chosen['n_answers'] as n_answers,
        chosen['posterior_label'] as posterior_label,
        chosen['is_tie'] as is_tie
    from chosen
)

select * from labels_by_vote
