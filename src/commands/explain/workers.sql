-- Everybody who left a trace in the inputs.
-- grain: one row per worker_id
with

traces as (
    select worker_id from source.responses
    union all
    select worker_id from source.restrictions
    union all
    select worker_id from source.captcha_events
    union all
    select worker_id from source.worker_skills
),

workers as (
    select worker_id
    from traces
    group by worker_id
)

select * from workers
