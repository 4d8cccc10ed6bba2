-- fail: a confidence lies outside 0..1
select task_id, label, confidence
from labels.labels_by_vote
where confidence < 0 or confidence > 1 or isnan(confidence);
