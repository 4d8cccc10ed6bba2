-- The candidates as they are published, in the order of their numbers.
-- grain: one row per id
with

items as (
    select id, idx, title, brand, category, price_usd, image_url, url
    from training.items
)

select * from items
order by idx
