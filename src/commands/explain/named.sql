-- The workers who go by this name, inside or outside; a real id comes before a pseudonym.
-- grain: one row per worker_id
with

workers as (
    select worker_id, worker_pseudonym(worker_id) as pseudonym
    from story.workers
),

named as (
    select worker_id, pseudonym
    from workers
    where worker_id = $name or pseudonym = $name
)

select * from named
order by worker_id = $name desc, worker_id
