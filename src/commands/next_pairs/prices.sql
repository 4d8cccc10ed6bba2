-- Where each query was asked last, and what one real answer cost there, control tasks on the page included.
-- grain: one row per query_id
with

responses as (
    select query_id, assignment_id, pool_id, created_at
    from ingest.responses
    where task_kind = 'REAL' and query_id is not null
),

pages as (
    select assignment_id, pool_id, n_real_tasks, reward_usd
    from ingest.pages
),

pools as (
    select pool_id, reward_usd
    from ingest.pools
),

page_prices as (
    select
        pages.pool_id,
        coalesce(pages.reward_usd, pools.reward_usd)
            / nullif(cast(pages.n_real_tasks as double), 0) as answer_price_usd
    from pages
    left join pools on pages.pool_id = pools.pool_id
),

pool_prices as (
    select pool_id, median(answer_price_usd) as answer_price_usd
    from page_prices
    group by pool_id
),

last_pools as (
    select query_id, pool_id
    from responses
    qualify row_number() over (
        partition by query_id order by created_at desc, assignment_id desc, pool_id
    ) = 1
),

prices as (
    select last_pools.query_id, last_pools.pool_id, pool_prices.answer_price_usd
    from last_pools
    left join pool_prices on last_pools.pool_id = pool_prices.pool_id
)

select * from prices
order by query_id
