-- How well each worker answers control tasks, in percent and as a share with its Wilson 95 % bounds.
-- grain: one row per (worker_id, project_id)
with

events as (
    select *
    from quality.events
    where kind = 'GOLDEN'
),

blocked_pages as (
    select assignment_id
    from quality.banned_pages
    where is_blocked
),

first_answers as (
    select events.*
    from events
    left anti join blocked_pages on events.assignment_id = blocked_pages.assignment_id
    qualify row_number() over (
        partition by events.worker_id, events.task_id
        order by events.ends_at, events.assignment_id, events.task_index
    ) = 1
),

counted as (
    select
        worker_id,
        project_id,
        count(*) as n_golden,
        count(*) filter (where credit = 1) as n_golden_correct,
        -- Millionths: sums of integers do not depend on the order of rows.
        sum(cast(round(credit * 1e6) as bigint)) as credit_millionths
    from first_answers
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
        cast(credit_millionths as double) / n_golden / 1e4 as skill
    from with_share
)

select * from golden_skills
