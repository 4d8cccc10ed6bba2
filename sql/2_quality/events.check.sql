-- fail: events were lost or made on the way to the rules
select n_logged, n_majorities, n_events
from (select count(*) as n_logged from quality.worker_log)
cross join (select count(*) filter (where $needs_majorities) as n_majorities from quality.majorities)
cross join (select count(*) as n_events from quality.events)
where n_events <> n_logged + n_majorities;
