-- Real tasks that need more answers: rules raised their overlap, or a ban or rejection took answers away.
-- grain: one row per (task_id, pool_id)
with

answers as (
    select *
    from quality.decisions
    where is_real
),

raises as (
    select assignment_id, sum(delta) as delta, sum(delta) > 0 as is_made_up,
        -- What asks for fewer answers is no reason for more.
        min(case reason when 'rejected' then 1 when 'banned' then 2 else 3 end) filter (where delta > 0)
            as reason_place
    from quality.raises
    group by assignment_id
),

judged_answers as (
    select
        answers.*,
        -- What comes after the as-of time is not lost: it was not there yet.
        case when submitted_at <= $as_of then
            case drop_reason when 'rejected' then 1 when 'blocked_by_ban' then 2 when 'before_ban' then 2 end
        end as loss_place,
        raises.delta,
        raises.is_made_up,
        raises.reason_place
    from answers
    left join raises on answers.assignment_id = raises.assignment_id
),

affected_tasks as (
    select task_id, pool_id
    from judged_answers
    where loss_place is not null or is_made_up
    group by task_id, pool_id
),

answers_to_affected_tasks as (
    select judged_answers.*
    from judged_answers
    left semi join affected_tasks
        on judged_answers.task_id = affected_tasks.task_id
        and judged_answers.pool_id = affected_tasks.pool_id
),

workers_of_tasks as (
    select
        query_key,
        task_id,
        pool_id,
        worker_id,
        min(query_id) as query_id,
        min(left_item_id) as left_item_id,
        min(right_item_id) as right_item_id,
        max(overlap) as overlap,
        max(cost_usd) as cost_usd,
        bool_or(is_answered) as is_answered,
        bool_or(is_kept) as is_kept,
        count(loss_place) as n_lost,
        coalesce(sum(delta) filter (where is_answered), 0) as n_raised,
        min(least(coalesce(loss_place, 9), coalesce(reason_place, 9))) as reason_place,
        bool_or(loss_place is not null or coalesce(is_made_up, false)) as is_excluded
    from answers_to_affected_tasks
    group by query_key, task_id, pool_id, worker_id
),

tasks as (
    select
        query_key,
        task_id,
        pool_id,
        min(query_id) as query_id,
        min(left_item_id) as left_item_id,
        min(right_item_id) as right_item_id,
        max(overlap) as overlap,
        max(cost_usd) as cost_usd,
        count(*) filter (where is_answered or n_lost > 0) as n_workers,
        count(*) filter (where is_answered) as n_answered,
        count(*) filter (where is_kept) as n_kept,
        sum(n_lost) as n_lost,
        sum(n_raised) as n_raised,
        min(reason_place) as reason_place,
        array_agg(worker_id) filter (where is_excluded) as excluded_worker_ids
    from workers_of_tasks
    group by query_key, task_id, pool_id
    having sum(n_lost) > 0 or sum(n_raised) > 0
),

counted as (
    select
        *,
        greatest(
            coalesce(overlap, n_workers) + n_raised - n_answered,
            case when n_lost > 0 then coalesce(overlap, n_workers) - n_kept else 0 end,
            0
        ) as extra_overlap
    from tasks
),

relabel as (
    select
        query_key,
        task_id,
        pool_id,
        query_id,
        left_item_id,
        right_item_id,
        case reason_place when 1 then 'rejected' when 2 then 'banned' else 'skill_lost' end as reason,
        cast(extra_overlap as int) as extra_overlap,
        array_sort(excluded_worker_ids) as excluded_worker_ids,
        -- What one real answer of such a page costs, control tasks on it included.
        extra_overlap * cost_usd as extra_cost_usd
    from counted
    where extra_overlap > 0
)

select * from relabel
