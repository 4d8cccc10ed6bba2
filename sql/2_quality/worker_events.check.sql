-- fail: a rule looked at an event after the as-of time
select worker_id, ends_at
from quality.events
where kind <> 'BAN' and ends_at > $as_of;
