-- How often the model is wrong, by the crowd: over everything it predicted, and over each class.
-- grain: one row per predicted_class, and one for all of them, where it is null
with

sampled as (
    select document_id, predicted_class, inclusion_probability, sampling_weight
    from read_parquet('sample.parquet')
),

labels as (
    select task_id, label
    from published.labels
    where not is_tie
),

checked_documents as (
    select
        sampled.predicted_class,
        sampled.inclusion_probability,
        sampled.sampling_weight,
        case when labels.label <> sampled.predicted_class then 1.0 else 0.0 end as error
    from sampled
    inner join labels on sampled.document_id = labels.task_id
),

groups as (
    select cast(null as varchar) as predicted_class, inclusion_probability, sampling_weight, error
    from checked_documents
    union all
    select predicted_class, inclusion_probability, sampling_weight, error
    from checked_documents
),

with_rate as (
    select
        *,
        -- Hájek: the weights of the errors by the weights of all.
        sum(error * sampling_weight) over (partition by predicted_class)
            / sum(sampling_weight) over (partition by predicted_class) as error_rate
    from groups
),

error_rates as (
    select
        cast(predicted_class as varchar) as predicted_class,
        cast(count(*) as bigint) as n_checked,
        cast(sum(sampling_weight) as double) as n_documents,
        -- Horvitz and Thompson: every error stands for as many as its weight.
        cast(sum(error * sampling_weight) as double) as n_errors,
        cast(min(error_rate) as double) as error_rate,
        -- The linearised variance of a ratio, every document drawn on its own.
        cast(
            sqrt(sum(
                (1.0 - inclusion_probability) * power(sampling_weight * (error - error_rate), 2)
            )) / sum(sampling_weight)
        as double) as error_rate_se,
        cast(avg(error) as double) as unweighted_error_rate
    from with_rate
    group by predicted_class
)

select * from error_rates
order by predicted_class nulls first
