-- The documents that people check: all of which the model is not sure, and a random share of the rest.
-- grain: one row per sampled document
with

predictions as (
    select document_id, predicted_class, confidence
    from read_parquet('predictions/')
),

with_probability as (
    select
        document_id,
        predicted_class,
        confidence,
        case when confidence < $confidence_below then 1.0 else $share end as inclusion_probability,
        -- A number in 0..1 that is always the same for this document and salt: 2^64 are all the keys.
        cast(sha256_key($salt, document_id) as double) / 18446744073709551616.0 as draw
    from predictions
),

sampled as (
    select
        cast(document_id as varchar) as document_id,
        cast(predicted_class as varchar) as predicted_class,
        cast(confidence as double) as confidence,
        cast(inclusion_probability as double) as inclusion_probability,
        cast(1.0 / inclusion_probability as double) as sampling_weight
    from with_probability
    -- What the model is not sure of is in, also where rounding makes the draw 1.
    where inclusion_probability = 1.0 or draw < inclusion_probability
)

select * from sampled
order by document_id
