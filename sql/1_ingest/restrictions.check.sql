-- fail: a restriction has a scope other than POOL, PROJECT, ALL_PROJECTS and SYSTEM (read as ALL_PROJECTS)
select worker_id, scope
from ingest.restrictions
where scope not in ('POOL', 'PROJECT', 'ALL_PROJECTS');

-- fail: a POOL restriction names no pool
select worker_id, scope, started_at
from ingest.restrictions
where scope = 'POOL' and pool_id is null;

-- warn: a PROJECT restriction names no project; it is read as one of the project "default"
select worker_id, scope, created_at
from source.restrictions
where upper(scope) = 'PROJECT' and project_id is null;
