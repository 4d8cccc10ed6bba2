-- Every message with the answers to the questions that it was asked.
-- grain: one row per message_id
with

messages as (
    select message_id, text
    from read_parquet('messages/')
),

importance as (
    select task_id, label, confidence
    from read_parquet('current:importance/published#labels')
    where not is_tie
),

product as (
    select task_id, label, confidence
    from read_parquet('current:product/published#labels')
    where not is_tie
),

sentiment as (
    select task_id, label, confidence
    from read_parquet('current:sentiment/published#labels')
    where not is_tie
),

answered_messages as (
    select
        cast(messages.message_id as varchar) as message_id,
        cast(case
            when sentiment.task_id is not null then 'sentiment'
            when product.task_id is not null then 'product'
            when importance.task_id is not null then 'importance'
        end as varchar) as last_question,
        cast(importance.label as varchar) as importance,
        cast(product.label as varchar) as product,
        cast(sentiment.label as varchar) as sentiment,
        cast(messages.text as varchar) as text,
        cast(importance.confidence as double) as importance_confidence,
        cast(product.confidence as double) as product_confidence,
        cast(sentiment.confidence as double) as sentiment_confidence
    from messages
    left join importance on messages.message_id = importance.task_id
    -- An answer counts only after the one before let the message through.
    left join product on importance.task_id = product.task_id and importance.label = 'important'
    left join sentiment on product.task_id = sentiment.task_id and product.label <> 'none'
)

select * from answered_messages
order by message_id
