-- All answers, cleaned; of rows that share assignment and task, copy_number 1 counts.
-- grain: one row per input row
with

answers as (
    select *
    from ingest.answers
),

repeated_keys as (
    select row_hash
    from ingest.repeated_keys
),

answers_given_once as (
    select answers.*, cast(1 as bigint) as copy_number
    from answers
    left anti join repeated_keys
        on row_hash(answers.assignment_id, answers.task_id) = repeated_keys.row_hash
),

all_answers as (
    select * from answers_given_once
    union all
    select * from ingest.repeated_answers
),

responses as (
    select sha256_key(worker_id) as worker_key, *
    from all_answers
)

select * from responses
