-- fail: an answer is listed twice
select assignment_id, task_id, count(*) as n_rows
from quality.over_cap_answers
group by assignment_id, task_id
having count(*) > 1;
