-- The figures of a run that its card prints, side by side and classification alike.
-- grain: one row per run
with

workers as (
    select
        count(distinct worker_id) as n_workers,
        count(distinct worker_id) filter (where n_votes > 0) as n_voters,
        count(distinct worker_id) filter (where skill is not null) as n_with_skill,
        median(golden_accuracy) as golden_accuracy_median,
        median(cast(n_votes as double)) filter (where n_votes > 0) as n_votes_median,
        min(weight) filter (where n_votes > 0) as weight_min,
        median(weight) filter (where n_votes > 0) as weight_median,
        max(weight) filter (where n_votes > 0) as weight_max
    from skills.workers
),

banned_workers as (
    select count(distinct worker_id) as n_banned
    from quality.bans
    where scope <> 'POOL'  -- a pause of a pool, no ban
),

busiest_workers as (
    select sum(n_votes) as n_busiest_votes
    from (
        select worker_id, sum(n_votes) as n_votes
        from skills.workers
        group by worker_id
        order by n_votes desc, worker_id
        limit 10
    )
),

all_votes as (
    select sum(n_votes) as n_all_votes
    from skills.workers
),

queries as (
    select
        count(*) as n_queries,
        cast(coalesce(sum(n_items), 0) as bigint) as n_items,
        min(n_items) as n_items_min,
        max(n_items) as n_items_max
    from training.splits
),

votes as (
    select
        count(*) as n_votes,
        -- Ids know nothing of sides: far from one half, the sides were not dealt by chance.
        avg(case when left_item_id < right_item_id then 1.0 else 0.0 end) as first_id_left_share
    from comparisons.votes
    left semi join training.splits on votes.query_id = splits.query_id
),

pairs as (
    select
        count(*) as n_pairs,
        count(*) filter (where n_votes > 1) as n_pairs_asked_again,
        count(*) filter (where n_votes > 1 and greatest(n_wins_first, n_wins_second, n_ties) = n_votes)
            as n_unanimous_pairs,
        cast(sum(greatest(n_wins_first, n_wins_second, n_ties)) filter (where n_votes > 1) as double)
            / nullif(sum(n_votes) filter (where n_votes > 1), 0) as pair_agreement
    from comparisons.pairs
    left semi join training.splits on pairs.query_id = splits.query_id
),

catalog as (
    select count(*) as n_known_items, count(*) filter (where title is null) as n_items_without_title
    from training.items
),

label_counts as (
    select task_id, answer, count(*) as n_answers
    from labels.kept_answers
    where is_vote
    group by task_id, answer
),

labelled_tasks as (
    select task_id, sum(n_answers) as n_answers, max(n_answers) as n_of_majority
    from label_counts
    group by task_id
),

labels as (
    select
        count(*) as n_tasks,
        cast(coalesce(sum(n_answers), 0) as bigint) as n_label_votes,
        count(*) filter (where n_answers > 1) as n_tasks_asked_again,
        count(*) filter (where n_answers > 1 and n_of_majority = n_answers) as n_unanimous_tasks,
        cast(sum(n_of_majority) filter (where n_answers > 1) as double)
            / nullif(sum(n_answers) filter (where n_answers > 1), 0) as task_agreement
    from labelled_tasks
),

figures as (
    select
        workers.*,
        banned_workers.n_banned,
        cast(n_busiest_votes as double) / nullif(n_all_votes, 0) as busiest_share,
        queries.*,
        votes.*,
        pairs.*,
        catalog.*,
        labels.*
    from workers
    cross join banned_workers
    cross join busiest_workers
    cross join all_votes
    cross join queries
    cross join votes
    cross join pairs
    cross join catalog
    cross join labels
)

select * from figures
