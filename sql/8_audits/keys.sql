-- fail: two stored rows have the key of one: items by id
select id, count(*) as n_rows
from published.items
group by id
having count(*) > 1;

-- fail: two stored rows have the key of one: queries by id
select id, count(*) as n_rows
from published.queries
group by id
having count(*) > 1;

-- fail: two stored rows have the key of one: workers by worker_id and project_id
select worker_id, project_id, count(*) as n_rows
from published.workers
group by worker_id, project_id
having count(*) > 1;

-- fail: two stored rows have the key of one: relabel by task_id and pool_id
select task_id, pool_id, count(*) as n_rows
from published.relabel
group by task_id, pool_id
having count(*) > 1;

-- fail: two stored rows have the key of one: labels by task_id
select task_id, count(*) as n_rows
from published.labels
group by task_id
having count(*) > 1;
