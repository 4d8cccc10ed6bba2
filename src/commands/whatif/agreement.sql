-- Kept answers that agree with the most frequent one of their pair or task; where only one answer is left, nothing can
-- agree. Of answers that are equally frequent one is taken.
-- grain: one row per rule set
with

kept_votes as (
    select unit_id, vote
    from whatif.kept_votes
),

votes_by_answer as (
    select unit_id, vote, count(*) as n_votes
    from kept_votes
    group by unit_id, vote
),

units as (
    select unit_id, sum(n_votes) as n_votes, max(n_votes) as n_agreeing
    from votes_by_answer
    group by unit_id
),

counted as (
    select
        coalesce(sum(n_votes), 0) as n_compared,
        coalesce(sum(n_agreeing), 0) as n_agreeing
    from units
    where n_votes > 1
)

select * from counted
