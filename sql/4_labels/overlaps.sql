-- How sure each task is, by the skills behind its answers, and how many more answers would make it sure enough.
-- grain: one row per task_id
with

kept_answers as (
    select *
    from labels.kept_answers
    where is_vote
),

advice_of_tasks as (
    select
        query_key,
        task_id,
        min(pool_id) as pool_id,
        count(*) as n_answers,
        max(cost_usd) as cost_usd,
        dynamic_overlap(answer, worker_accuracy, submitted_at, assignment_id, $overlap_json) as advice
    from kept_answers
    group by query_key, task_id
),

overlaps as (
    select
        query_key,
        task_id,
        pool_id,
        cost_usd,
        n_answers,
        advice['confidence'] as confidence,
        advice['is_enough'] as is_enough,
        advice['n_next'] as n_next,
        advice['n_more'] as n_more,
        advice['n_wasted'] as n_wasted
    from advice_of_tasks
)

select * from overlaps
