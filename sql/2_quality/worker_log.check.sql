-- fail: an event comes after the as-of time
select worker_id, kind, at
from quality.worker_log
where kind <> 'BAN' and at > $as_of;
