-- Messages that the crowd called important: the tasks of the second question.
-- grain: one row per message_id
with

labels as (
    select task_id
    from published.labels
    where label = 'important' and not is_tie
),

messages as (
    select message_id, text
    from read_parquet('messages/')
),

product_tasks as (
    select
        cast(messages.message_id as varchar) as message_id,
        cast(messages.text as varchar) as text
    from messages
    left semi join labels on messages.message_id = labels.task_id
)

select * from product_tasks
order by message_id
