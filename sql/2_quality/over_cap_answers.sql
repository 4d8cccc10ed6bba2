-- Kept answers beyond the share of all votes that one worker may have: which ones is a matter of chance, by hash.
-- grain: one row per (assignment_id, task_id)
with

kept_answers as (
    select worker_id, project_id, assignment_id, task_id
    from quality.judged
    where $worker_share_max < 1 and drop_reason is null
),

counts as (
    select worker_id, project_id, count(*) as n_answers
    from kept_answers
    group by worker_id, project_id
),

caps as (
    select project_id, greatest(1, cast(floor(sum(n_answers) * $worker_share_max) as bigint)) as n_answers_max
    from counts
    group by project_id
),

capped_workers as (
    select counts.worker_id, counts.project_id, caps.n_answers_max
    from counts
    inner join caps on counts.project_id = caps.project_id
    where counts.n_answers > caps.n_answers_max
),

numbered as (
    select
        kept_answers.assignment_id,
        kept_answers.task_id,
        capped_workers.n_answers_max,
        row_number() over (
            partition by kept_answers.worker_id, kept_answers.project_id
            order by sha256_key(kept_answers.assignment_id, kept_answers.task_id)
        ) as number
    from kept_answers
    inner join capped_workers
        on kept_answers.worker_id = capped_workers.worker_id
        and kept_answers.project_id = capped_workers.project_id
),

over_cap_answers as (
    select assignment_id, task_id
    from numbered
    where number > n_answers_max
)

select * from over_cap_answers
