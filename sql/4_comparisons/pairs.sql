-- How often each of two candidates was preferred to the other.
-- grain: one row per (query_id, first_item_id, second_item_id), first < second
with

votes as (
    select query_key, query_id, left_item_id, right_item_id, outcome, weight
    from comparisons.votes
),

votes_in_item_order as (
    select
        query_key,
        query_id,
        least(left_item_id, right_item_id) as first_item_id,
        greatest(left_item_id, right_item_id) as second_item_id,
        outcome,
        case
            when outcome = 'tie' then 'tie'
            when (outcome = 'left') = (left_item_id < right_item_id) then 'first'
            else 'second'
        end as winner,
        weight
    from votes
),

pairs as (
    select
        query_key,
        query_id,
        first_item_id,
        second_item_id,
        count(*) as n_votes,
        count(*) filter (where winner = 'first') as n_wins_first,
        count(*) filter (where winner = 'second') as n_wins_second,
        count(*) filter (where winner = 'tie') as n_ties,
        sum(case when winner = 'first' then weight else 0.0 end) as wins_first,
        sum(case when winner = 'second' then weight else 0.0 end) as wins_second,
        sum(case when winner = 'tie' then weight else 0.0 end) as ties,
        cast(count(*) filter (where outcome = 'left') as double)
            / nullif(count(*) filter (where outcome <> 'tie'), 0) as left_share
    from votes_in_item_order
    group by query_key, query_id, first_item_id, second_item_id
)

select * from pairs
