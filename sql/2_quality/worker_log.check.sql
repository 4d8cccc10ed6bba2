-- fail: an event that rules look at comes after the as-of time
select worker_id, kind, at
from quality.worker_log
where kind not in ('BAN', 'LATER') and at > $as_of;
