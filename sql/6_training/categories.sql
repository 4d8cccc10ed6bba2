-- The code of each value of the catalog's category features: codes of earlier snapshots stay, new values follow in byte order from 1.
-- grain: one row per (feature, value)
with

products as (
    select product_id, feature_texts
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

previous_categories as (
    select feature, value, code
    from previous.categories
),

published_products as (
    select id
    from item_numbers
    union all
    select id
    from query_numbers
),

category_values as (
    select unnest(category_values($features, products.feature_texts)) as category
    from products
    left semi join published_products on products.product_id = published_products.id
),

new_values as (
    select category_values.category['feature'] as feature, category_values.category['value'] as value
    from category_values
    left anti join previous_categories
        on category_values.category['feature'] = previous_categories.feature
        and category_values.category['value'] = previous_categories.value
    group by category_values.category['feature'], category_values.category['value']
),

last_codes as (
    select feature, max(code) as code
    from previous_categories
    group by feature
),

categories as (
    select feature, value, code
    from previous_categories
    union all
    select
        new_values.feature,
        new_values.value,
        cast(coalesce(last_codes.code, 0) + row_number() over (
            partition by new_values.feature order by new_values.value
        ) as int) as code
    from new_values
    left join last_codes on new_values.feature = last_codes.feature
)

select * from categories
