-- fail: a pool is listed twice
select pool_id, count(*) as n_rows
from ingest.pools
group by pool_id
having count(*) > 1;
