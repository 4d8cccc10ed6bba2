-- The final verdict on every answer: kept, or dropped for exactly one reason.
-- grain: one row per input row
with

judged as (
    select *
    from quality.judged
),

over_cap_answers as (
    select assignment_id, task_id
    from quality.over_cap_answers
),

with_final_reason as (
    select
        judged.* exclude (drop_reason),
        case
            when judged.drop_reason is null and over_cap_answers.task_id is not null then 'over_worker_cap'
            else judged.drop_reason
        end as drop_reason
    from judged
    left join over_cap_answers
        on judged.assignment_id = over_cap_answers.assignment_id
        and judged.task_id = over_cap_answers.task_id
),

decisions as (
    select *, drop_reason is null as is_kept
    from with_final_reason
)

select * from decisions
