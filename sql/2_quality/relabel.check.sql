-- fail: a task is listed twice
select task_id, pool_id, count(*) as n_rows
from quality.relabel
group by task_id, pool_id
having count(*) > 1;

-- warn: a task with an answer from an unknown number of wanted ones lost some; as many are asked for as were lost
select pool_id, count(*) as n_tasks
from quality.judged
where is_real and overlap is null and drop_reason in ('rejected', 'blocked_by_ban', 'before_ban')
group by pool_id;
