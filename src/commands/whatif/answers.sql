-- What became of the answers, and what those to real tasks cost.
-- grain: one row per drop_reason, null for answers that are kept
with

decisions as (
    select drop_reason, is_real, cost_usd, submitted_at
    from quality.decisions
),

counted as (
    select
        drop_reason,
        count(*) as n_answers,
        -- Billionths: sums of integers do not depend on the order of rows.
        sum(cast(round(cost_usd * 1e9) as bigint)) filter (where is_real and submitted_at <= $as_of) as cost_nano_usd
    from decisions
    group by drop_reason
)

select * from counted
order by drop_reason
