-- Each vote on a task that had all the answers it wanted: how many others gave the same answer.
-- grain: one row per vote that was judged
with

ballots as (
    select *
    from quality.ballots
),

interventions as (
    select assignment_id, kind, at
    from quality.assumed_interventions
),

blocked_pages as (
    select assignment_id
    from interventions
    where kind = 'BLOCKED'
),

votes as (
    select
        kind, pool_id, task_id, worker_id, project_id, assignment_id, task_index, answer, created_at, submitted_at,
        at, overlap
    from ballots
    left anti join blocked_pages on ballots.assignment_id = blocked_pages.assignment_id
    union all
    select
        interventions.kind, pool_id, task_id, worker_id, project_id, ballots.assignment_id, task_index, answer,
        created_at, submitted_at, interventions.at, overlap
    from ballots
    inner join interventions on ballots.assignment_id = interventions.assignment_id
    where interventions.kind <> 'BLOCKED' and ballots.kind = 'BALLOT'
),

judged_tasks as (
    select
        pool_id,
        task_id,
        judge_majority(
            kind, worker_id, project_id, assignment_id, task_index, answer, created_at, submitted_at, at, overlap,
            $majority_options
        ) as judged
    from votes
    group by pool_id, task_id
),

judged_votes as (
    select pool_id, task_id, unnest(judged) as vote
    from judged_tasks
),

majorities as (
    select
        sha256_key(vote['worker_id']) as worker_key,
        vote['worker_id'] as worker_id,
        vote['project_id'] as project_id,
        pool_id,
        vote['assignment_id'] as assignment_id,
        task_id,
        cast(vote['task_index'] as bigint) as task_index,
        vote['n_agreeing'] as n_agreeing,
        vote['n_top'] as n_top,
        vote['n_votes'] as n_votes,
        vote['created_at'] as created_at,
        vote['submitted_at'] as submitted_at,
        vote['at'] as at
    from judged_votes
)

select * from majorities
