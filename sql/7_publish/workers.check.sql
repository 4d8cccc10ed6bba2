-- fail: two workers share a pseudonym
select worker_id, project_id, count(*) as n_workers
from publish.workers
group by worker_id, project_id
having count(*) > 1;
