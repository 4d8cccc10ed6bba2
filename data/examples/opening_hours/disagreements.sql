-- Locations on which workers did not all say the same, the least sure first.
-- grain: one row per location_id
with

disagreements as (
    select task_id, label, answers, n_answers, is_tie
    from labels.disagreements
),

overlaps as (
    select task_id, confidence, is_enough, n_more
    from labels.overlaps
),

locations as (
    select
        cast(disagreements.task_id as varchar) as location_id,
        cast(disagreements.label as varchar) as label,
        cast(array_to_string(disagreements.answers, ', ') as varchar) as answers,
        cast(disagreements.n_answers as int) as n_answers,
        cast(overlaps.n_more as int) as n_more,
        cast(overlaps.confidence as double) as confidence,
        overlaps.is_enough as is_settled,
        disagreements.is_tie as is_tie
    from disagreements
    inner join overlaps on disagreements.task_id = overlaps.task_id
)

select * from locations
order by confidence, location_id
