-- How much one answer of each worker weighs, beside what is known of the worker.
-- grain: one row per (worker_id, project_id)
with

evidence as (
    select *
    from skills.evidence
),

worker_models as (
    select worker_id, weight
    from skills.worker_models
),

workers as (
    select
        evidence.*,
        case $weight
            when 'equal' then 1.0
            when 'linear' then skill / 100
            when 'model' then worker_models.weight
            -- The worker's log odds of a right answer, one success and one failure added.
            when 'log_odds' then case when n_answers > 0 then least(greatest(ln(
                cast(n_right + 1 as double)
                / (n_answers - n_right + 1)
            ), 0.0), 3.0) end
        end as own_weight
    from evidence
    left join worker_models on evidence.worker_id = worker_models.worker_id
),

-- Nothing is known of a worker without a skill: the middle of those of whom something is.
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
        case when $weight in ('log_odds', 'model') then
            cast(
                sum(cast(round(unscaled_weight * 1073741824) as decimal(38, 0)) * cast(n_votes as decimal(20, 0)))
                as double
            )
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
        with_weight.n_majority,
        with_weight.majority_agreement,
        with_weight.exam,
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
