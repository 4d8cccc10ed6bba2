-- What all queries together tell of the ranking model: favour of a side, likelihood of ties, weight of the prior.
-- grain: one row per run
with

votes as (
    select query_key, query_id, left_item_id, right_item_id, outcome, weight
    from comparisons.votes
),

counts as (
    select
        count(*) as n_votes,
        count(distinct query_key) as n_queries,
        count(*) filter (where outcome = 'left') as n_left,
        count(*) filter (where outcome = 'right') as n_right,
        count(*) filter (where outcome = 'tie') as n_ties
    from votes
),

-- About a million answers, whole queries: more would change nothing in the third digit.
sampled_votes as (
    select votes.*
    from votes
    cross join counts
    where counts.n_queries < 1000
        -- Whole division: every query up to a million votes, every second one from there to two millions.
        or votes.query_key % cast(counts.n_votes / 1000000 + 1 as bigint unsigned) = 0
),

estimates as (
    select
        position_bias(
            query_id, left_item_id, right_item_id, outcome, weight, $ranking_options
        ) filter (where $position_bias <> 'off') as side,
        tie_parameter(
            query_id, left_item_id, right_item_id, outcome, weight, $ranking_options, $method
        ) filter (where $method in ('davidson', 'rao_kupper')) as ties,
        choose_prior(
            query_id, left_item_id, right_item_id, outcome, weight, $ranking_options
        ) filter (where $is_prior_found) as prior
    from sampled_votes
),

found as (
    select
        counts.*,
        estimates.side,
        case
            when $position_bias = 'off' then 'off'
            when estimates.side['refusal'] is not null then estimates.side['refusal']
            when $position_bias = 'on' then 'corrected'
            when estimates.side['is_significant'] then 'corrected'
            else 'not_significant'
        end as position_bias_status,
        estimates.ties['value'] as tie_parameter,
        case when $is_prior_found then estimates.prior['wins'] end as prior
    from counts
    cross join estimates
),

parameters as (
    select
        n_votes,
        n_queries,
        n_left,
        n_right,
        n_ties,
        cast(n_left as double) / nullif(n_left + n_right, 0) as left_share,
        -- Standard deviations of chance that the share of the left side lies from one half.
        cast(n_left - n_right as double) / nullif(sqrt(cast(n_left + n_right as double)), 0) as left_share_z,
        position_bias_status,
        side['bias'] as position_bias,
        side['standard_error'] as position_bias_se,
        tie_parameter,
        prior,
        concat(
            $ranking_options,
            case when position_bias_status = 'corrected' then concat(' position_bias=', side['bias']) else '' end,
            case when tie_parameter is not null then concat(' ties=', tie_parameter) else '' end,
            case when prior is not null then concat(' prior=', prior) else '' end
        ) as fit_options
    from found
)

select * from parameters
