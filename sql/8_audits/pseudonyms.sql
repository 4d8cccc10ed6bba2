-- fail: workers' own ids are published, although output.publish_worker_ids is false
-- Counted only: the ids themselves are what must not be told.
select table_name, count(*) as n_rows
from (
    select 'workers' as table_name, worker_id from published.workers
    union all
    select 'bans' as table_name, worker_id from published.bans
    union all
    select 'skill_history' as table_name, worker_id from published.skill_history
    union all
    select 'relabel' as table_name, unnest(excluded_worker_ids) as worker_id from published.relabel
) as named
-- What crowdrank calls a worker: w_ and 24 hexadecimal digits.
where not $publish_worker_ids and not regexp_like(worker_id, '^w_[0-9a-f]{24}$')
group by table_name
order by table_name;
