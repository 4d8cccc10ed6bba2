-- What was found for all queries together, and how their fits ended.
-- grain: one row per run
with

parameters as (
    select
        left_share,
        left_share_z,
        position_bias,
        position_bias_se,
        position_bias_status,
        tie_parameter,
        prior
    from ranking.parameters
),

fits as (
    select
        query_id,
        max(status) as status,
        max(iterations) as iterations,
        max(gradient_norm) as gradient_norm
    from ranking.scores
    group by query_id
),

endings as (
    select
        count(*) filter (where status = 'not_converged') as n_not_converged,
        count(*) filter (where status = 'not_strongly_connected') as n_not_strongly_connected,
        count(*) filter (where status = 'not_identified') as n_not_identified,
        max(iterations) as iterations_max,
        max(gradient_norm) as gradient_norm_max
    from fits
),

worker_models as (
    select max(n_rounds) as worker_rounds
    from skills.worker_models
),

figures as (
    select parameters.*, endings.*, worker_models.worker_rounds
    from parameters
    cross join endings
    cross join worker_models
)

select * from figures
