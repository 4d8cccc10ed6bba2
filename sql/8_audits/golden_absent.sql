-- fail: an answer to a control or training task is not among the rejects
select responses.assignment_id, responses.task_id, responses.task_kind
from ingest.responses
left anti join published.rejects
    on row_hash(responses.assignment_id, responses.task_id) = row_hash(rejects.assignment_id, rejects.task_id)
where responses.task_kind <> 'REAL';

-- fail: a control or training task is to be answered again
select relabel.task_id, relabel.pool_id
from published.relabel
left anti join (select task_id from ingest.responses where task_kind = 'REAL') as real_tasks
    on relabel.task_id = real_tasks.task_id;

-- fail: a control or training task has a label
select labels.task_id
from published.labels
left anti join (select task_id from ingest.responses where task_kind = 'REAL') as real_tasks
    on labels.task_id = real_tasks.task_id;
