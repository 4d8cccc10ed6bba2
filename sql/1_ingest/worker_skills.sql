-- Skills that were set on the platform, by whomever.
-- grain: one row per setting of a worker's skill
with

worker_skills as (
    select worker_id, skill_id, value, modified_at
    from source.worker_skills
    where modified_at <= $as_of
),

cleaned as (
    select sha256_key(worker_id) as worker_key, worker_id, skill_id, value, modified_at
    from worker_skills
)

select * from cleaned
