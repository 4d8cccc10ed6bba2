-- fail: a task wants no more answers
select task_id, pool_id, extra_overlap
from publish.relabel
where extra_overlap < 1;
