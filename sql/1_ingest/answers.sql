-- The raw answers in one spelling, with every fallback of the data model, as they stood at the as-of time.
-- grain: one row per input row, repeated ones included
with

responses as (
    select *
    from source.responses
),

pools as (
    select pool_id, project_id, default_overlap, reward_usd
    from ingest.pools
),

spelled_alike as (
    select
        responses.assignment_id,
        responses.task_id,
        responses.pool_id,
        responses.worker_id,
        responses.query_id,
        responses.left_item_id,
        responses.right_item_id,
        coalesce(responses.task_suite_id, responses.assignment_id) as task_suite_id,
        coalesce(responses.project_id, pools.project_id, 'default') as project_id,
        case
            when responses.status = 'ACCEPTED' then responses.status
            when upper(responses.status) = 'APPROVED' then 'ACCEPTED'
            else upper(responses.status)
        end as final_status,
        coalesce(
            upper(responses.task_kind),
            case
                when nullif(trim(responses.golden_answer), '') is not null then 'GOLDEN'
                when array_length(responses.golden_answers) > 0 then 'GOLDEN'
                else 'REAL'
            end
        ) as task_kind,
        -- A label is somebody's own word; a side is ours, in any case of letters.
        case
            when responses.answer in ('left', 'right') then responses.answer
            when $kind = 'side_by_side' then nullif(lower(trim(responses.answer)), '')
            else nullif(trim(responses.answer), '')
        end as answer,
        case
            when $kind = 'side_by_side' then nullif(lower(trim(responses.first_answer)), '')
            else nullif(trim(responses.first_answer), '')
        end as first_answer,
        case
            when $kind = 'side_by_side' then nullif(lower(trim(responses.golden_answer)), '')
            else nullif(trim(responses.golden_answer), '')
        end as golden_answer,
        responses.golden_answers,
        cast(responses.task_index as bigint) as task_index,
        coalesce(responses.overlap, pools.default_overlap) as overlap,
        coalesce(responses.reward_usd, pools.reward_usd) as reward_usd,
        responses.created_at,
        responses.submitted_at,
        responses.accepted_at,
        responses.rejected_at,
        responses.skipped_at,
        responses.expired_at
    from responses
    left join pools on responses.pool_id = pools.pool_id
),

as_they_stood as (
    select
        * exclude (final_status),
        case
            when final_status = 'ACCEPTED' and accepted_at > $as_of
                then case when rejected_at <= $as_of then 'REJECTED' else 'SUBMITTED' end
            when final_status = 'REJECTED' and rejected_at > $as_of
                then case when accepted_at <= $as_of then 'ACCEPTED' else 'SUBMITTED' end
            else final_status
        end as status
    from spelled_alike
)

select * from as_they_stood
