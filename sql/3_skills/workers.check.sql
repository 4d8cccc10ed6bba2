-- fail: a worker is listed twice in a project
select worker_id, project_id, count(*) as n_rows
from skills.workers
group by worker_id, project_id
having count(*) > 1;

-- fail: a weight is negative or not finite
select worker_id, project_id, weight
from skills.workers
where weight < 0 or isnan(weight) or weight > 1e9;

-- warn: every worker weighs nothing; no answer counts
select count(*) as n_workers
from skills.workers
having max(weight) = 0;
