-- fail: a status is none of ACTIVE, SUBMITTED, ACCEPTED, APPROVED, REJECTED, SKIPPED, EXPIRED
select assignment_id, task_id, status
from source.responses
where upper(status) not in ('ACTIVE', 'SUBMITTED', 'ACCEPTED', 'APPROVED', 'REJECTED', 'SKIPPED', 'EXPIRED');

-- fail: a task is none of REAL, GOLDEN, TRAINING
select assignment_id, task_id, task_kind
from source.responses
where upper(task_kind) not in ('REAL', 'GOLDEN', 'TRAINING');
