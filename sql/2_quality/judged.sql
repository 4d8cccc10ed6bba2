-- The verdict on every answer: kept, or dropped for exactly one reason, the first that fits.
-- grain: one row per input row
with

responses as (
    select *
    from ingest.responses
),

pages as (
    select assignment_id, reward_usd / nullif(n_real_tasks, 0) as cost_usd
    from ingest.pages
),

page_states as (
    select assignment_id, status
    from quality.page_states
),

banned_pages as (
    select assignment_id, is_inside, is_blocked, is_before_ban
    from quality.banned_pages
),

unadmitted_pages as (
    select assignment_id
    from quality.outcomes
    where kind = 'NOT_ADMITTED'
),

low_skills as (
    select worker_id, project_id
    from quality.chosen_skills
    where skill < $minimum_skill
),

evidence as (
    select
        responses.* exclude (status),
        case
            when responses.status in ('SUBMITTED', 'ACCEPTED', 'REJECTED')
                then coalesce(page_states.status, responses.status)
            else responses.status
        end as status,
        pages.cost_usd,
        coalesce(banned_pages.is_inside, false) as is_inside,
        coalesce(banned_pages.is_blocked, false) as is_blocked,
        coalesce(banned_pages.is_before_ban, false) as is_before_ban,
        unadmitted_pages.assignment_id is not null as is_not_admitted,
        low_skills.worker_id is not null as is_low_skill
    from responses
    left join pages on responses.assignment_id = pages.assignment_id
    left join page_states on responses.assignment_id = page_states.assignment_id
    left join banned_pages on responses.assignment_id = banned_pages.assignment_id
    left join unadmitted_pages on responses.assignment_id = unadmitted_pages.assignment_id
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
            'error_answer', $kind = 'side_by_side' and answer = 'error',
            'unknown_answer', not is_known_answer(answer, $kind, $label_options),
            'self_comparison', $kind = 'side_by_side' and left_item_id = right_item_id,
            'blocked_by_ban', is_blocked,
            'before_ban', is_before_ban,
            'not_admitted', is_not_admitted,
            'skill_below_minimum', is_low_skill,
            'after_as_of', submitted_at > $as_of,
            'duplicate', copy_number > 1
        ) as drop_reason
    from evidence
),

judged as (
    select
        sha256_key(case when $kind = 'side_by_side' then query_id else task_id end) as query_key,
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
        overlap,
        cost_usd,
        task_kind = 'REAL' as is_real,
        status in ('SUBMITTED', 'ACCEPTED', 'REJECTED') and submitted_at <= $as_of and copy_number = 1
            and not is_inside as is_answered,
        submitted_at
    from with_reason
)

select * from judged
