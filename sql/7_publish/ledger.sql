-- How many rows each stage dropped, and why.
-- grain: one row per (stage, drop_reason)
with

rejects as (
    select stage, drop_reason
    from publish.rejects
),

ledger as (
    select stage, drop_reason, count(*) as n_rows
    from rejects
    group by stage, drop_reason
)

select * from ledger
order by stage, drop_reason
