-- How well each worker answers control tasks, in percent and as a share with its Wilson 95 % bounds.
-- grain: one row per (worker_id, project_id)
with

control_answers as (
    select *
    from quality.control_answers
    where task_kind = 'GOLDEN'
),

exam_pools as (
    select pool_id
    from ingest.pools
    where type = 'EXAM'
),

blocked_pages as (
    select assignment_id
    from quality.banned_pages
    where is_inside
),

first_answers as (
    select control_answers.*
    from control_answers
    left anti join blocked_pages on control_answers.assignment_id = blocked_pages.assignment_id
    qualify row_number() over (
        partition by control_answers.worker_id, control_answers.task_id
        order by control_answers.submitted_at, control_answers.assignment_id, control_answers.task_index
    ) = 1
),

marked as (
    select first_answers.*, exam_pools.pool_id is not null as is_exam
    from first_answers
    left join exam_pools on first_answers.pool_id = exam_pools.pool_id
),

counted as (
    select
        worker_id,
        project_id,
        count(*) filter (where is_exam) as n_exam,
        count(*) filter (where is_exam and credit = 1) as n_exam_correct,
        sum(cast(round(credit * 1e6) as bigint)) filter (where is_exam) as exam_millionths,
        count(*) as n_golden,
        count(*) filter (where credit = 1) as n_golden_correct,
        -- Millionths: sums of integers do not depend on the order of rows.
        sum(cast(round(credit * 1e6) as bigint)) as credit_millionths
    from marked
    group by worker_id, project_id
),

-- Wilson (1927): the bounds of a share p of n at 97.5 % on each side, z = 1.96.
with_share as (
    select
        *,
        cast(n_golden_correct as double) / n_golden as golden_accuracy,
        1.959963984540054 * 1.959963984540054 / n_golden as z2_per_answer
    from counted
),

golden_skills as (
    select
        worker_id,
        project_id,
        n_golden,
        n_golden_correct,
        golden_accuracy,
        greatest(0.0, (
            golden_accuracy + z2_per_answer / 2
            - sqrt(golden_accuracy * (1 - golden_accuracy) * z2_per_answer + z2_per_answer * z2_per_answer / 4)
        ) / (1 + z2_per_answer)) as golden_lo,
        least(1.0, (
            golden_accuracy + z2_per_answer / 2
            + sqrt(golden_accuracy * (1 - golden_accuracy) * z2_per_answer + z2_per_answer * z2_per_answer / 4)
        ) / (1 + z2_per_answer)) as golden_hi,
        cast(credit_millionths as double) / n_golden / 1e4 as golden,
        n_exam,
        n_exam_correct,
        cast(exam_millionths as double) / nullif(n_exam, 0) / 1e4 as exam
    from with_share
)

select * from golden_skills
