-- warn: rows repeat an assignment and task; the one with the latest event counts
select assignment_id, task_id, count(*) as n_rows
from ingest.repeated_answers
group by assignment_id, task_id
having count(*) > 1;
