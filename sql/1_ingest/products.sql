-- The catalog, with the latest row of a product where the source says when rows were updated.
-- grain: one row per product_id
with

products as (
    select
        product_id, title, brand, category, price_usd, image_url, url, updated_at,
        feature_numbers, feature_texts
    from source.products
),

repeated_products as (
    select product_id
    from ingest.repeated_products
),

-- Only the few repeated ones are sorted: a catalog is wide.
latest_of_repeated as (
    select products.*
    from products
    left semi join repeated_products on products.product_id = repeated_products.product_id
    qualify row_number() over (
        partition by product_id
        order by
            updated_at desc nulls last, title, brand, category, price_usd, image_url, url,
            feature_numbers, feature_texts
    ) = 1
),

latest_products as (
    select products.*
    from products
    left anti join repeated_products on products.product_id = repeated_products.product_id
    union all
    select * from latest_of_repeated
),

cleaned as (
    select
        product_id,
        nullif(trim(title), '') as title,
        nullif(trim(brand), '') as brand,
        nullif(trim(category), '') as category,
        nullif(trim(image_url), '') as image_url,
        nullif(trim(url), '') as url,
        case when isnan(price_usd) or price_usd in ('inf', '-inf') then null else price_usd end as price_usd,
        feature_numbers,
        feature_texts
    from latest_products
)

select * from cleaned
