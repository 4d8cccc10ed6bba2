-- Real tasks that need more answers, and what these cost.
-- grain: one row per rule set
with

relabel as (
    select extra_overlap, extra_cost_usd
    from quality.relabel
),

counted as (
    select
        count(*) as n_tasks,
        coalesce(sum(extra_overlap), 0) as n_answers,
        sum(cast(round(extra_cost_usd * 1e9) as bigint)) as cost_nano_usd
    from relabel
)

select * from counted
