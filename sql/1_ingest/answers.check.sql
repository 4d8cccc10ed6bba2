-- fail: a required value is null, or a submitted page has no time of submission
select assignment_id, task_id, pool_id, worker_id, status, query_id, left_item_id, right_item_id, created_at
from ingest.answers
where assignment_id is null
    or task_id is null
    or pool_id is null
    or worker_id is null
    or status is null
    or query_id is null
    or left_item_id is null
    or right_item_id is null
    or created_at is null
    or (submitted_at is null and status in ('SUBMITTED', 'ACCEPTED', 'REJECTED'));

-- fail: a status is none of ACTIVE, SUBMITTED, ACCEPTED, REJECTED, SKIPPED, EXPIRED
select assignment_id, task_id, status
from ingest.answers
where status not in ('ACTIVE', 'SUBMITTED', 'ACCEPTED', 'REJECTED', 'SKIPPED', 'EXPIRED');

-- fail: a task is none of REAL, GOLDEN, TRAINING
select assignment_id, task_id, task_kind
from ingest.answers
where task_kind not in ('REAL', 'GOLDEN', 'TRAINING');
