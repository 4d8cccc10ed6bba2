-- Every answer that compared the two candidates, kept or not, with the weight of its worker.
-- grain: one row per answer
with

decisions as (
    select
        assignment_id,
        task_id,
        worker_id,
        project_id,
        left_item_id,
        right_item_id,
        answer,
        is_kept,
        drop_reason,
        submitted_at
    from quality.decisions
    where query_id = $query_id
        and least(left_item_id, right_item_id) = least($first_item_id, $second_item_id)
        and greatest(left_item_id, right_item_id) = greatest($first_item_id, $second_item_id)
),

workers as (
    select worker_id, project_id, weight, skill
    from skills.workers
),

answers as (
    select
        decisions.assignment_id,
        decisions.task_id,
        decisions.worker_id,
        decisions.left_item_id,
        decisions.right_item_id,
        decisions.answer,
        case decisions.answer
            when 'left' then decisions.left_item_id
            when 'right' then decisions.right_item_id
        end as chosen_item_id,
        decisions.drop_reason,
        workers.skill,
        workers.weight,
        decisions.is_kept,
        decisions.submitted_at
    from decisions
    left join workers
        on decisions.worker_id = workers.worker_id
        and decisions.project_id = workers.project_id
)

select * from answers
order by submitted_at, assignment_id, task_id
