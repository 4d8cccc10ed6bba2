-- fail: a worker has two votes on one task
select task_id, worker_id, count(*) as n_rows
from labels.kept_answers
where is_vote
group by task_id, worker_id
having count(*) > 1;
