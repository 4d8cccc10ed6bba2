-- How far the rankings of one shard are from those of the first rule set: Kendall's tau-b of the candidates that both
-- rank, by query, and whether other candidates stand at the top.
-- grain: one row per shard
with

ranks as (
    select
        here.query_id,
        here.item_id,
        cast(here.rank as double) as rank,
        cast(first.rank as double) as first_rank
    from shard.here
    inner join shard.first
        on here.query_id = first.query_id
        and here.item_id = first.item_id
),

pairs_by_query as (
    select
        earlier.query_id,
        sum(signum(earlier.rank - later.rank) * signum(earlier.first_rank - later.first_rank)) as n_concordant,
        sum(abs(signum(earlier.rank - later.rank))) as n_untied,
        sum(abs(signum(earlier.first_rank - later.first_rank))) as n_first_untied
    from ranks as earlier
    inner join ranks as later
        on earlier.query_id = later.query_id
        and earlier.item_id < later.item_id
    group by earlier.query_id
),

taus as (
    -- Where all candidates share a rank there is no order to compare.
    select n_concordant / sqrt(n_untied * n_first_untied) as tau
    from pairs_by_query
    where n_untied > 0 and n_first_untied > 0
),

tops_here as (
    select query_id, string_agg(item_id, chr(10) order by item_id) as top_items
    from shard.here
    where rank = 1
    group by query_id
),

first_tops as (
    select query_id, string_agg(item_id, chr(10) order by item_id) as top_items
    from shard.first
    where rank = 1
    group by query_id
),

common_queries as (
    select tops_here.top_items <> first_tops.top_items as is_top_changed
    from tops_here
    inner join first_tops on tops_here.query_id = first_tops.query_id
),

counted as (
    select
        count(*) as n_queries,
        count(*) filter (where is_top_changed) as n_tops_changed,
        (select count(*) from taus) as n_taus,
        -- Billionths: sums of integers do not depend on the order of rows.
        (select coalesce(sum(cast(round(tau * 1e9) as bigint)), 0) from taus) as tau_nano
    from common_queries
)

select * from counted
