-- The queries as they are published, in the order of their numbers.
-- grain: one row per id
with

queries as (
    select id, idx, title, brand, category, price_usd, image_url, url
    from training.queries
)

select * from queries
order by idx
