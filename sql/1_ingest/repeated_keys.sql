-- Hashes that more than one answer has: the few rows that may be copies of each other.
-- grain: one row per row_hash
with

responses as (
    select row_hash(assignment_id, task_id) as row_hash
    from source.responses
),

-- By hash and not by id: ten million groups of eight bytes fit in memory, of text they do not.
repeated as (
    select row_hash
    from responses
    group by row_hash
    having count(*) > 1
)

select * from repeated
