-- fail: a task has two labels
select task_id, count(*) as n_rows
from labels.labels
group by task_id
having count(*) > 1;

-- fail: a task with kept answers has no label
select kept_answers.task_id
from labels.kept_answers
left anti join labels.labels on kept_answers.task_id = labels.task_id;

-- fail: no task has a label; there is nothing to publish, look at quality.decisions
select count(*) as n_tasks
from labels.labels
having count(*) = 0 and $kind = 'classification';

-- warn: the label is not the likeliest answer, because many unskilled workers outvoted few skilled ones
select count(*) as n_tasks
from labels.labels
where label <> posterior_label
having count(*) > 0;
