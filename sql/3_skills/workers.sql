-- What is known of each worker in each project, and how much one of the worker's answers weighs.
-- grain: one row per (worker_id, project_id)
with

decisions as (
    select worker_id, project_id, is_kept
    from quality.decisions
),

pages as (
    select worker_id, project_id, duration_s
    from ingest.pages
    where submitted_at <= $as_of
),

golden_skills as (
    select *
    from quality.golden_skills
),

bans_in_force as (
    select worker_id, scope, project_id, rule, started_at
    from quality.bans
    where scope in ('PROJECT', 'ALL_PROJECTS')
        and started_at < $as_of
        and (will_expire_at is null or $as_of < will_expire_at)
),

votes_of_workers as (
    select worker_id, project_id, count(*) filter (where is_kept) as n_votes
    from decisions
    group by worker_id, project_id
),

durations as (
    select worker_id, project_id, median(duration_s) as median_duration_s
    from pages
    group by worker_id, project_id
),

latest_bans as (
    select votes_of_workers.worker_id, votes_of_workers.project_id, bans_in_force.rule as ban_rule
    from votes_of_workers
    inner join bans_in_force on votes_of_workers.worker_id = bans_in_force.worker_id
    where bans_in_force.scope = 'ALL_PROJECTS' or bans_in_force.project_id = votes_of_workers.project_id
    qualify row_number() over (
        partition by votes_of_workers.worker_id, votes_of_workers.project_id
        order by bans_in_force.started_at desc, bans_in_force.rule
    ) = 1
),

workers as (
    select
        votes_of_workers.worker_id,
        votes_of_workers.project_id,
        votes_of_workers.n_votes,
        coalesce(golden_skills.n_golden, 0) as n_golden,
        coalesce(golden_skills.n_golden_correct, 0) as n_golden_correct,
        golden_skills.golden_accuracy,
        golden_skills.golden_lo,
        golden_skills.golden_hi,
        golden_skills.skill,
        case $weight
            when 'equal' then 1.0
            when 'linear' then golden_skills.skill / 100
            -- The worker's log odds of a right answer, one success and one failure added.
            when 'log_odds' then case when golden_skills.n_golden > 0 then least(greatest(ln(
                cast(golden_skills.n_golden_correct + 1 as double)
                / (golden_skills.n_golden - golden_skills.n_golden_correct + 1)
            ), 0.0), 3.0) end
        end as own_weight,
        durations.median_duration_s,
        latest_bans.ban_rule
    from votes_of_workers
    left join golden_skills
        on votes_of_workers.worker_id = golden_skills.worker_id
        and votes_of_workers.project_id = golden_skills.project_id
    left join durations
        on votes_of_workers.worker_id = durations.worker_id
        and votes_of_workers.project_id = durations.project_id
    left join latest_bans
        on votes_of_workers.worker_id = latest_bans.worker_id
        and votes_of_workers.project_id = latest_bans.project_id
),

-- Nothing is known of a worker without control answers: the middle of those of whom something is.
typical as (
    select coalesce(median(own_weight), 1.0) as weight
    from workers
),

with_weight as (
    select workers.*, coalesce(workers.own_weight, typical.weight) as unscaled_weight
    from workers
    cross join typical
),

-- In 2^30ths: sums of integers do not depend on the order of rows.
mean_of_votes as (
    select
        case when $weight = 'log_odds' then
            cast(sum(cast(round(unscaled_weight * 1073741824) as decimal(38, 0)) * cast(n_votes as decimal(20, 0))) as double)
            / nullif(cast(sum(n_votes) as double), 0) / 1073741824
        else 1.0 end as weight
    from with_weight
),

scaled as (
    select
        with_weight.worker_id,
        with_weight.project_id,
        with_weight.n_golden,
        with_weight.n_golden_correct,
        with_weight.golden_accuracy,
        with_weight.golden_lo,
        with_weight.golden_hi,
        cast(0 as bigint) as n_majority,
        cast(null as double) as majority_agreement,
        cast(null as double) as exam,
        with_weight.skill,
        -- A multiple of 2^-30, so that sums of weights are exact in any order.
        coalesce(
            round(with_weight.unscaled_weight / nullif(mean_of_votes.weight, 0) * 1073741824) / 1073741824,
            0.0
        ) as weight,
        with_weight.n_votes,
        with_weight.median_duration_s,
        with_weight.ban_rule is not null as is_banned,
        with_weight.ban_rule
    from with_weight
    cross join mean_of_votes
)

select * from scaled
