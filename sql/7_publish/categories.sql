-- What the codes of category features mean, as it is published.
-- grain: one row per (feature, value)
with

categories as (
    select feature, value, code
    from training.categories
)

select * from categories
order by feature, code
