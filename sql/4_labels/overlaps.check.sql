-- fail: a task that is sure enough wants more answers
select task_id, is_enough, n_next, n_more
from labels.overlaps
where is_enough and (n_next > 0 or n_more > 0);
