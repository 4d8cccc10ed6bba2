-- Pages whose state is not the log's: reviewed in a list of their own, or decided by a rule. The last verdict holds.
-- grain: one row per assignment_id
with

given_reviews as (
    select assignment_id
    from ingest.given_reviews
),

verdicts_of_rules as (
    select assignment_id, action as verdict, at
    from quality.outcomes
    where kind = 'VERDICT'
),

decided_pages as (
    select assignment_id from given_reviews
    union all
    select assignment_id from verdicts_of_rules
),

verdicts as (
    select assignment_id, verdict, at, 1 as place
    from verdicts_of_rules
    union all
    -- At one instant a reviewer has the last word.
    select assignment_id, verdict, at, 2 as place
    from ingest.reviews
    where not is_silent
),

last_verdicts as (
    select verdicts.*
    from verdicts
    left semi join decided_pages on verdicts.assignment_id = decided_pages.assignment_id
    qualify row_number() over (
        partition by verdicts.assignment_id
        order by verdicts.at desc, verdicts.place desc, verdicts.verdict
    ) = 1
),

page_states as (
    select
        assignment_id,
        case verdict when 'ACCEPT' then 'ACCEPTED' else 'REJECTED' end as status
    from last_verdicts
)

select * from page_states
