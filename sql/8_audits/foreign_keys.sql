-- fail: a candidate of pointwise is not in items under its number
select pointwise.query_id, pointwise.item_id, pointwise.item_idx
from published.pointwise
left anti join published.items
    on pointwise.item_idx = items.idx
    and pointwise.item_id = items.id;

-- fail: a query of lists is not in queries
select lists.query_id, lists.qid
from published.lists
left anti join published.queries on lists.query_id = queries.id;

-- fail: a task to answer again was never asked
select relabel.task_id, relabel.pool_id
from published.relabel
left anti join ingest.responses on relabel.task_id = responses.task_id;

-- fail: a label is of a task that was never asked
select labels.task_id
from published.labels
left anti join ingest.responses on labels.task_id = responses.task_id;
