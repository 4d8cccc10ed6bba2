-- The vocabulary of queries: numbers of earlier snapshots stay, new queries are appended in byte order.
-- grain: one row per id
with

groups as (
    select query_id
    from training.groups
    where is_effective
),

previous_queries as (
    select id, idx
    from previous.queries
),

products as (
    select product_id, title, brand, category, image_url, url, price_usd
    from ingest.products
),

next_idx as (
    select coalesce(max(idx) + 1, 0) as idx
    from previous_queries
),

new_queries as (
    select groups.query_id as id
    from groups
    left anti join previous_queries on groups.query_id = previous_queries.id
),

vocabulary as (
    select id, idx
    from previous_queries
    union all
    select new_queries.id, next_idx.idx + cast(row_number() over (order by new_queries.id) as bigint) - 1 as idx
    from new_queries
    cross join next_idx
),

queries as (
    select
        vocabulary.id,
        vocabulary.idx,
        products.title,
        products.brand,
        products.category,
        products.price_usd,
        products.image_url,
        products.url,
        replace(replace(replace(replace(
            $prompt,
            '{title}', coalesce(products.title, vocabulary.id)),
            '{brand}', coalesce(products.brand, '')),
            '{category}', coalesce(products.category, '')),
            '{id}', vocabulary.id
        ) as prompt
    from vocabulary
    left join products on vocabulary.id = products.product_id
)

select * from queries
order by idx
