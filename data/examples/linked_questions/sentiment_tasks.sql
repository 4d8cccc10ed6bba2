-- Messages about a product of ours, with the product: the tasks of the third question.
-- grain: one row per message_id
with

labels as (
    select task_id, label
    from published.labels
    where label <> 'none' and not is_tie
),

messages as (
    select message_id, text
    from read_parquet('messages/')
),

sentiment_tasks as (
    select
        cast(messages.message_id as varchar) as message_id,
        cast(labels.label as varchar) as product,
        cast(messages.text as varchar) as text
    from messages
    inner join labels on messages.message_id = labels.task_id
)

select * from sentiment_tasks
order by message_id
