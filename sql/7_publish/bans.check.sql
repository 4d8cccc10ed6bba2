-- warn: more than a third of the workers are banned
select n_banned, n_workers
from (select count(distinct worker_id) as n_banned from publish.bans)
cross join (select count(distinct worker_id) as n_workers from publish.workers)
where n_banned * 3 > n_workers;
