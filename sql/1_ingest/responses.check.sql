-- warn: a page was handed in before it was taken
select assignment_id, task_id, created_at, submitted_at
from source.responses
where submitted_at < created_at;
