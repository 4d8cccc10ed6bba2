-- fail: a credit lies outside 0..1
select worker_id, task_id, credit
from quality.control_answers
where credit < 0 or credit > 1 or isnan(credit);
