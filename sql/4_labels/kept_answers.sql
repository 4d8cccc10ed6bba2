-- The answers of a classification project that count, with how often their workers are right; none side by side.
-- Of several answers of a worker to one task the first one votes.
-- grain: one row per kept answer
with

decisions as (
    select query_key, task_id, pool_id, project_id, worker_id, assignment_id, answer, overlap, cost_usd, submitted_at
    from quality.decisions
    where is_kept and $kind = 'classification'
),

workers as (
    select worker_id, project_id, skill
    from skills.workers
),

numbered_answers as (
    select
        decisions.*,
        row_number() over (
            partition by decisions.task_id, decisions.worker_id
            order by decisions.submitted_at, decisions.assignment_id
        ) = 1 as is_vote
    from decisions
),

kept_answers as (
    select numbered_answers.*, workers.skill / 100 as worker_accuracy
    from numbered_answers
    left join workers
        on numbered_answers.worker_id = workers.worker_id
        and numbered_answers.project_id = workers.project_id
)

select * from kept_answers
