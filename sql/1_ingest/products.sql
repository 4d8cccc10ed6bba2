-- The catalog, with the latest row of a product where the source says when rows were updated.
-- grain: one row per product_id
with

products as (
    select product_id, title, brand, category, price_usd, image_url, url, updated_at
    from source.products
),

latest_products as (
    select *
    from products
    qualify row_number() over (
        partition by product_id
        order by updated_at desc nulls last, title, brand, category, price_usd, image_url, url
    ) = 1
),

cleaned as (
    select
        product_id,
        nullif(trim(title), '') as title,
        nullif(trim(brand), '') as brand,
        nullif(trim(category), '') as category,
        nullif(trim(image_url), '') as image_url,
        nullif(trim(url), '') as url,
        case when isnan(price_usd) or price_usd in ('inf', '-inf') then null else price_usd end as price_usd
    from latest_products
)

select * from cleaned
