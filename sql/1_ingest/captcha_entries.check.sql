-- warn: a captcha was shown in a pool that nobody answered in
select captcha_entries.pool_id, count(*) as n_entries
from ingest.captcha_entries
left anti join ingest.visited_pools on captcha_entries.pool_id = visited_pools.pool_id
group by captcha_entries.pool_id;
