-- fail: a task has two labels
select task_id, count(*) as n_rows
from publish.labels
group by task_id
having count(*) > 1;
