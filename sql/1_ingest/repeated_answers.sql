-- The answers that share assignment and task with another one, latest first: copy 1 is the one that counts.
-- grain: one row per repeated input row
with

answers as (
    select *, row_hash(assignment_id, task_id) as row_hash
    from ingest.answers
),

repeated_keys as (
    select row_hash
    from ingest.repeated_keys
),

suspects as (
    select
        answers.*,
        greatest(created_at, submitted_at, accepted_at, rejected_at, skipped_at, expired_at) as event_at
    from answers
    left semi join repeated_keys on answers.row_hash = repeated_keys.row_hash
),

numbered as (
    select
        * exclude (row_hash, event_at),
        cast(row_number() over (
            partition by assignment_id, task_id
            order by
                event_at desc, status, answer, first_answer, worker_id, pool_id, project_id, query_id,
                left_item_id, right_item_id, task_kind, golden_answer, task_index, overlap, reward_usd,
                created_at, submitted_at, accepted_at, rejected_at, skipped_at, expired_at, task_suite_id
        ) as bigint) as copy_number
    from suspects
)

select * from numbered
