-- fail: a rule looked at an event after the as-of time
select worker_id, at
from quality.events
where kind not in ('BAN', 'LATER') and at > $as_of;
