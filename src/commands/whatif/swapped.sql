-- Answers that the first rule set keeps and this one does not, and the reverse.
-- grain: one row per rule set
with

first_kept as (
    select row_hash(assignment_id, task_id) as answer_key, 1 as n_first, 0 as n_here
    from first.decisions
    where is_kept
),

kept_here as (
    select row_hash(assignment_id, task_id) as answer_key, 0 as n_first, 1 as n_here
    from quality.decisions
    where is_kept
),

kept_by_either as (
    select * from first_kept
    union all
    select * from kept_here
),

-- A group per answer goes to disk where memory is short; a join of both sides would not.
answers as (
    select answer_key, sum(n_first) as n_first, sum(n_here) as n_here
    from kept_by_either
    group by answer_key
),

counted as (
    select
        count(*) filter (where n_first > n_here) as n_lost,
        count(*) filter (where n_here > n_first) as n_won_back
    from answers
)

select * from counted
