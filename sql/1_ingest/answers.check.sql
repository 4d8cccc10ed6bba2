-- fail: a status or kind is none of the data model's, or a submitted page has no time of submission
select assignment_id, task_id, status, task_kind, submitted_at
from ingest.answers
where status not in ('ACTIVE', 'SUBMITTED', 'ACCEPTED', 'REJECTED', 'SKIPPED', 'EXPIRED')
    or task_kind not in ('REAL', 'GOLDEN', 'TRAINING')
    or (submitted_at is null and status in ('SUBMITTED', 'ACCEPTED', 'REJECTED'));
