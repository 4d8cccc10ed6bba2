-- Answers to control and training tasks, judged by their known solutions.
-- grain: one row per (assignment_id, task_id)
with

responses as (
    select *
    from ingest.responses
    where copy_number = 1
        and task_kind in ('GOLDEN', 'TRAINING')
        and status in ('SUBMITTED', 'ACCEPTED', 'REJECTED')
        and submitted_at <= $as_of
),

judged_answers as (
    select
        *,
        solution_credit(
            case when task_kind = 'TRAINING' then coalesce(first_answer, answer) else answer end,
            golden_answer,
            golden_answers,
            $kind
        ) as credit
    from responses
),

control_answers as (
    select
        worker_id,
        project_id,
        pool_id,
        assignment_id,
        task_id,
        task_kind,
        task_index,
        credit,
        created_at,
        submitted_at
    from judged_answers
    where credit is not null  -- without a known solution nothing can be judged
)

select * from control_answers
