-- Products that the catalog lists more than once.
-- grain: one row per product_id
with

products as (
    select product_id
    from source.products
),

repeated as (
    select product_id
    from products
    group by product_id
    having count(*) > 1
)

select * from repeated
