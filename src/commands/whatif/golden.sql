-- How often the workers behind the kept answers are right on control tasks: each kept answer counts with the share of
-- its worker's control answers that are right. All control answers of the log count, whatever the rules made of them,
-- so that every rule set is measured by the same yardstick.
-- grain: one row per rule set
with

control_answers as (
    select worker_id, project_id, credit
    from quality.control_answers
    where task_kind = 'GOLDEN'
    qualify row_number() over (
        partition by worker_id, task_id
        order by submitted_at, assignment_id, task_index
    ) = 1
),

workers as (
    select worker_id, project_id, n_votes
    from skills.workers
    where n_votes > 0
),

accuracies as (
    select
        worker_id,
        project_id,
        cast(count(*) filter (where credit = 1) as double) / count(*) as accuracy
    from control_answers
    group by worker_id, project_id
),

kept_answers as (
    select workers.n_votes, accuracies.accuracy
    from workers
    left join accuracies
        on workers.worker_id = accuracies.worker_id
        and workers.project_id = accuracies.project_id
),

counted as (
    select
        coalesce(sum(n_votes), 0) as n_kept,
        coalesce(sum(n_votes) filter (where accuracy is not null), 0) as n_measured,
        -- Billionths: sums of integers do not depend on the order of rows.
        sum(n_votes * cast(round(accuracy * 1e9) as bigint)) as accuracy_nano
    from kept_answers
)

select * from counted
