-- Rows of both snapshots by what they say: labels, bans and their rules.
-- grain: one row per (what, value)
with

candidates_before as (
    select 'pointwise.label' as what, cast(label as varchar) as value, 1 as n_before, 0 as n_after
    from before.pointwise
),

candidates_after as (
    select 'pointwise.label' as what, cast(label as varchar) as value, 0 as n_before, 1 as n_after
    from after.pointwise
),

labels_before as (
    select 'labels.label' as what, label as value, 1 as n_before, 0 as n_after
    from before.labels
),

labels_after as (
    select 'labels.label' as what, label as value, 0 as n_before, 1 as n_after
    from after.labels
),

bans_before as (
    select 'bans.rule' as what, concat(rule, ' ', source) as value, 1 as n_before, 0 as n_after
    from before.bans
),

bans_after as (
    select 'bans.rule' as what, concat(rule, ' ', source) as value, 0 as n_before, 1 as n_after
    from after.bans
),

rows_of_both as (
    select * from candidates_before
    union all
    select * from candidates_after
    union all
    select * from labels_before
    union all
    select * from labels_after
    union all
    select * from bans_before
    union all
    select * from bans_after
)

select what, value, sum(n_before) as n_before, sum(n_after) as n_after
from rows_of_both
group by what, value
order by what, value
