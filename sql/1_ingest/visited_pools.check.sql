-- warn: a pool belongs to two projects; its captchas count for the first by name
select pool_id, count(distinct project_id) as n_projects
from ingest.responses
group by pool_id
having count(distinct project_id) > 1;
