-- Documents to train the model on: where the crowd corrects it, and where both are sure of the same.
-- grain: one row per document_id
with

sampled as (
    select document_id, predicted_class, confidence, sampling_weight
    from read_parquet('sample.parquet')
),

labels as (
    select task_id, label, confidence
    from published.labels
    where not is_tie
),

checked_documents as (
    select
        sampled.document_id,
        sampled.predicted_class,
        labels.label,
        case when labels.label <> sampled.predicted_class then 'corrected' else 'confirmed' end as reason,
        sampled.confidence as model_confidence,
        labels.confidence as crowd_confidence,
        sampled.sampling_weight
    from sampled
    inner join labels on sampled.document_id = labels.task_id
),

retraining_set as (
    select
        cast(document_id as varchar) as document_id,
        cast(predicted_class as varchar) as predicted_class,
        cast(label as varchar) as label,
        cast(reason as varchar) as reason,
        cast(model_confidence as double) as model_confidence,
        cast(crowd_confidence as double) as crowd_confidence,
        cast(sampling_weight as double) as sampling_weight
    from checked_documents
    where reason = 'corrected'
        or (model_confidence >= $confirmed_from and crowd_confidence >= $confirmed_from)
)

select * from retraining_set
order by document_id
