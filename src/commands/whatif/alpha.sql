-- How far the kept answers to the same pair or task agree beyond chance.
-- grain: one row per rule set
with

kept_votes as (
    select unit_id, worker_id, vote
    from whatif.kept_votes
),

measured as (
    select krippendorff_alpha(unit_id, worker_id, vote) as alpha
    from kept_votes
)

select * from measured
