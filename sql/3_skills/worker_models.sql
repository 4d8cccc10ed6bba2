-- How far the answers of each worker follow the strengths of the items, learnt from all queries at once.
-- grain: one row per worker_id, where the workers are weighed by a model
with

decisions as (
    select query_id, left_item_id, right_item_id, answer, worker_id
    from quality.decisions
    where is_kept and $kind = 'side_by_side' and $worker_model <> 'none'
),

evidence as (
    select worker_id, n_golden, n_golden_correct
    from skills.evidence
),

golden_evidence as (
    select
        worker_id,
        sum(n_golden) as n_golden,
        sum(n_golden_correct) as n_golden_correct
    from evidence
    group by worker_id
),

answers as (
    select decisions.*, golden_evidence.n_golden, golden_evidence.n_golden_correct
    from decisions
    inner join golden_evidence on decisions.worker_id = golden_evidence.worker_id
),

fitted as (
    select
        learn_workers(
            query_id, left_item_id, right_item_id, answer, 1.0, worker_id, n_golden, n_golden_correct,
            $own_answer, $worker_model
        ) as model
    from answers
),

workers as (
    select
        unnest(model['workers']) as worker,
        model['rounds'] as n_rounds,
        model['is_converged'] as is_converged
    from fitted
),

worker_models as (
    select
        worker['worker_id'] as worker_id,
        worker['n_answers'] as n_answers,
        worker['reliability'] as reliability,
        worker['left_bias'] as left_bias,
        worker['weight'] as weight,
        n_rounds,
        is_converged
    from workers
)

select * from worker_models
