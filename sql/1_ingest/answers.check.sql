-- fail: a status or kind is none of the data model's, or a submitted page has no time of submission
select assignment_id, task_id, status, task_kind, submitted_at
from source.responses
where upper(status) not in ('ACTIVE', 'SUBMITTED', 'ACCEPTED', 'APPROVED', 'REJECTED', 'SKIPPED', 'EXPIRED')
    or upper(task_kind) not in ('REAL', 'GOLDEN', 'TRAINING')
    or (submitted_at is null and upper(status) in ('SUBMITTED', 'ACCEPTED', 'APPROVED', 'REJECTED'));
