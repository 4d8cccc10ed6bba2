-- The kept answers by what they were asked about: a pair of candidates, whichever side they were shown on, or a task.
-- grain: one row per kept answer
with

decisions as (
    select *
    from quality.decisions
    where is_kept
),

kept_votes as (
    select
        worker_id,
        case $kind
            when 'side_by_side' then cast(row_hash(
                query_id,
                concat(least(left_item_id, right_item_id), chr(10), greatest(left_item_id, right_item_id))
            ) as varchar)
            else task_id
        end as unit_id,
        case
            when $kind <> 'side_by_side' or answer = 'tie' then answer
            when (answer = 'left') = (left_item_id < right_item_id) then 'first'
            else 'second'
        end as vote
    from decisions
)

select * from kept_votes
