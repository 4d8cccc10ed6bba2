-- The numbers of each published product, from which the features of its rows are made.
-- grain: one row per product_id
with

products as (
    select product_id, feature_numbers, feature_texts
    from ingest.products
),

item_numbers as (
    select id
    from training.item_numbers
),

query_numbers as (
    select id
    from training.query_numbers
),

categories as (
    select feature, value, code
    from training.categories
),

published_products as (
    select products.*
    from products
    left semi join (
        select id from item_numbers
        union all
        select id from query_numbers
    ) as ids on products.product_id = ids.id
),

category_values as (
    select product_id, unnest(category_values($features, feature_texts)) as category
    from published_products
),

codes as (
    select
        category_values.product_id,
        array_agg(named_struct('position', category_values.category['position'], 'code', categories.code)) as codes
    from category_values
    inner join categories
        on category_values.category['feature'] = categories.feature
        and category_values.category['value'] = categories.value
    group by category_values.product_id
),

product_vectors as (
    select
        published_products.product_id,
        product_vector(
            $features, published_products.feature_numbers, published_products.feature_texts, codes.codes
        ) as vector
    from published_products
    left join codes on published_products.product_id = codes.product_id
)

select * from product_vectors
