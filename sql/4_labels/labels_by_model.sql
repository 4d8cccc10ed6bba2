-- The label of each task by the model of Dawid and Skene (1979): labels and workers together, control answers fixed.
-- grain: one row per task_id, control tasks included
with

kept_answers as (
    select project_id, task_id, worker_id, answer
    from labels.kept_answers
    where is_vote and $label_method in ('dawid_skene', 'one_coin')
),

control_answers as (
    select project_id, task_id, worker_id, answer, golden_answer
    from ingest.responses
    where $label_method in ('dawid_skene', 'one_coin')
        and $kind = 'classification'
        and copy_number = 1
        and task_kind = 'GOLDEN'
        and golden_answer is not null
        and status in ('SUBMITTED', 'ACCEPTED', 'REJECTED')
        and submitted_at <= $as_of
),

-- What earlier nights knew of a worker counts like so many answers.
earlier_workers as (
    select worker_id, project_id, skill / 100 as share
    from previous.workers
    where $prior_weight > 0 and skill is not null
),

votes as (
    select project_id, task_id, worker_id, answer, cast(null as varchar) as golden_answer
    from kept_answers
    union all
    select control_answers.project_id, control_answers.task_id, control_answers.worker_id, control_answers.answer,
        control_answers.golden_answer
    from control_answers
    left semi join kept_answers
        on control_answers.worker_id = kept_answers.worker_id
        and control_answers.project_id = kept_answers.project_id
),

votes_with_prior as (
    select
        votes.*,
        $prior_weight * earlier_workers.share as prior_correct,
        $prior_weight * (1 - earlier_workers.share) as prior_wrong
    from votes
    left join earlier_workers
        on earlier_workers.project_id = votes.project_id
        and earlier_workers.worker_id
            = case when $publish_worker_ids then votes.worker_id else worker_pseudonym(votes.worker_id) end
),

models as (
    select
        project_id,
        dawid_skene(task_id, worker_id, answer, golden_answer, prior_correct, prior_wrong, $model_json) as model
    from votes_with_prior
    group by project_id
),

tasks_of_models as (
    select
        project_id,
        model['n_iterations'] as n_iterations,
        model['is_converged'] as is_converged,
        unnest(model['tasks']) as task
    from models
),

labels_by_model as (
    select
        project_id,
        task['task_id'] as task_id,
        task['label'] as label,
        task['confidence'] as confidence,
        task['n_answers'] as n_answers,
        task['posterior_label'] as posterior_label,
        task['is_tie'] as is_tie,
        n_iterations,
        is_converged
    from tasks_of_models
)

select * from labels_by_model
