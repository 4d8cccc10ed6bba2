-- fail: a ban ends before it starts
select worker_id, scope, started_at, will_expire_at
from quality.bans
where will_expire_at < started_at;

-- fail: a ban names no project or pool where its scope needs one
select worker_id, scope, project_id, pool_id
from quality.bans
where (scope = 'PROJECT' and project_id is null) or (scope = 'POOL' and pool_id is null);
