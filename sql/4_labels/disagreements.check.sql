-- fail: a task without disagreement is listed
select task_id
from labels.disagreements
where n_different < 2;
