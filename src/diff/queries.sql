-- Queries by how they differ between two snapshots, the first of each kind by name.
-- grain: one row per (kind, query_id), at most $names of a kind
with

candidates as (
    select
        query_id,
        bool_or(is_before) as is_before,
        bool_or(is_after) as is_after,
        bool_or(is_changed) as is_changed,
        -- A candidate that is new or gone was answered about.
        bool_or(n_comparisons) as has_new_answers
    from side_by_side.pointwise
    group by query_id
),

pairs as (
    select
        query_id,
        bool_or(is_changed) as is_changed,
        -- A pair can come and go without an answer: it stands there while its two scores differ.
        bool_or(is_before and is_after and (n_votes or n_ties)) as has_new_answers
    from side_by_side.pairs
    group by query_id
),

queries as (
    select
        candidates.query_id,
        case
            when not candidates.is_after then 'only_before'
            when not candidates.is_before then 'only_after'
            when candidates.has_new_answers or coalesce(pairs.has_new_answers, false) then 'new_answers'
            when candidates.is_changed or coalesce(pairs.is_changed, false) then 'moved'
            else 'same'
        end as kind
    from candidates
    left join pairs on candidates.query_id = pairs.query_id
),

numbered as (
    select
        kind,
        query_id,
        count(*) over (partition by kind) as n_queries,
        row_number() over (partition by kind order by query_id) as nth
    from queries
)

select kind, query_id, n_queries, nth
from numbered
-- The first says how many there are, even where none is to be named.
where nth <= greatest($names, 1)
order by kind, nth
