-- The candidates with what the catalog says of them.
-- grain: one row per id
with

vocabulary as (
    select id, idx
    from training.item_numbers
),

products as (
    select product_id, title, brand, category, image_url, url, price_usd
    from ingest.products
),

product_vectors as (
    select product_id, vector
    from training.product_vectors
),

items as (
    select
        vocabulary.id,
        vocabulary.idx,
        products.title,
        products.brand,
        products.category,
        products.price_usd,
        products.image_url,
        products.url,
        fill_template(
            $completion, vocabulary.id, products.title, products.brand, products.category
        ) as completion,
        product_vectors.vector
    from vocabulary
    left join products on vocabulary.id = products.product_id
    left join product_vectors on vocabulary.id = product_vectors.product_id
)

select * from items
