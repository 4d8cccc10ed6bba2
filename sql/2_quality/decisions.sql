-- The verdict on every answer: kept, or dropped for exactly one reason, the first that fits.
-- grain: one row per input row
with

responses as (
    select *
    from ingest.responses
),

banned_pages as (
    select assignment_id, is_blocked, is_before_ban
    from quality.banned_pages
),

low_skills as (
    select worker_id, project_id
    from quality.golden_skills
    where skill < $minimum_skill
),

evidence as (
    select
        responses.*,
        coalesce(banned_pages.is_blocked, false) as is_blocked,
        coalesce(banned_pages.is_before_ban, false) as is_before_ban,
        low_skills.worker_id is not null as is_low_skill
    from responses
    left join banned_pages on responses.assignment_id = banned_pages.assignment_id
    left join low_skills
        on responses.worker_id = low_skills.worker_id
        and responses.project_id = low_skills.project_id
),

-- The order of the reasons is the contract's.
with_reason as (
    select
        *,
        first_reason(
            'not_submitted', status not in ('SUBMITTED', 'ACCEPTED', 'REJECTED'),
            'rejected', status = 'REJECTED',
            'training', task_kind = 'TRAINING',
            'golden', task_kind = 'GOLDEN',
            'no_answer', answer is null,
            'error_answer', answer = 'error',
            'unknown_answer', answer not in ('left', 'right', 'tie'),
            'self_comparison', left_item_id = right_item_id,
            'blocked_by_ban', is_blocked,
            'before_ban', is_before_ban,
            'skill_below_minimum', is_low_skill,
            'after_as_of', submitted_at > $as_of,
            'duplicate', copy_number > 1
        ) as drop_reason
    from evidence
),

decisions as (
    select
        sha256_key(query_id) as query_key,
        assignment_id,
        task_id,
        pool_id,
        project_id,
        worker_id,
        query_id,
        left_item_id,
        right_item_id,
        answer,
        drop_reason,
        drop_reason is null as is_kept,
        submitted_at
    from with_reason
)

select * from decisions
