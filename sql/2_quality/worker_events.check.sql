-- fail: a rule looked at an event after the as-of time
select worker_id, at
from quality.worker_log
where kind <> 'BAN' and at > $as_of;
