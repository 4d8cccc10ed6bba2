-- fail: a ban was opened after the as-of time
select worker_id, rule, started_at
from quality.replayed_bans
where started_at > $as_of;
