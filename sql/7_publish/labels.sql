-- The labels as they are published.
-- grain: one row per task_id
with

labels as (
    select *
    from labels.labels
)

select * from labels
order by task_id
