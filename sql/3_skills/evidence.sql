-- What is known of each worker in each project: control answers, votes, speed, bans in force.
-- grain: one row per (worker_id, project_id)
with

decisions as (
    select worker_id, project_id, is_kept
    from quality.decisions
),

pages as (
    select worker_id, project_id, duration_s
    from ingest.pages
    where submitted_at <= $as_of
),

golden_skills as (
    select *
    from quality.golden_skills
),

majority_skills as (
    select *
    from quality.majority_skills
),

chosen_skills as (
    select *
    from quality.chosen_skills
),

bans_in_force as (
    select worker_id, scope, project_id, rule, started_at
    from quality.bans
    where scope in ('PROJECT', 'ALL_PROJECTS')
        and started_at < $as_of
        and (will_expire_at is null or $as_of < will_expire_at)
),

votes_of_workers as (
    select worker_id, project_id, count(*) filter (where is_kept) as n_votes
    from decisions
    group by worker_id, project_id
),

durations as (
    select worker_id, project_id, median(duration_s) as median_duration_s
    from pages
    group by worker_id, project_id
),

latest_bans as (
    select votes_of_workers.worker_id, votes_of_workers.project_id, bans_in_force.rule as ban_rule
    from votes_of_workers
    inner join bans_in_force on votes_of_workers.worker_id = bans_in_force.worker_id
    where bans_in_force.scope = 'ALL_PROJECTS' or bans_in_force.project_id = votes_of_workers.project_id
    qualify row_number() over (
        partition by votes_of_workers.worker_id, votes_of_workers.project_id
        order by bans_in_force.started_at desc, bans_in_force.rule
    ) = 1
),

evidence as (
    select
        votes_of_workers.worker_id,
        votes_of_workers.project_id,
        votes_of_workers.n_votes,
        coalesce(golden_skills.n_golden, 0) as n_golden,
        coalesce(golden_skills.n_golden_correct, 0) as n_golden_correct,
        golden_skills.golden_accuracy,
        golden_skills.golden_lo,
        golden_skills.golden_hi,
        coalesce(majority_skills.n_majority, 0) as n_majority,
        majority_skills.majority_agreement,
        golden_skills.exam,
        chosen_skills.skill,
        chosen_skills.n_answers,
        chosen_skills.n_right,
        durations.median_duration_s,
        latest_bans.ban_rule
    from votes_of_workers
    left join golden_skills
        on votes_of_workers.worker_id = golden_skills.worker_id
        and votes_of_workers.project_id = golden_skills.project_id
    left join majority_skills
        on votes_of_workers.worker_id = majority_skills.worker_id
        and votes_of_workers.project_id = majority_skills.project_id
    left join chosen_skills
        on votes_of_workers.worker_id = chosen_skills.worker_id
        and votes_of_workers.project_id = chosen_skills.project_id
    left join durations
        on votes_of_workers.worker_id = durations.worker_id
        and votes_of_workers.project_id = durations.project_id
    left join latest_bans
        on votes_of_workers.worker_id = latest_bans.worker_id
        and votes_of_workers.project_id = latest_bans.project_id
)

select * from evidence
