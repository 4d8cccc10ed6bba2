-- fail: a skill lies outside 0..100
select worker_id, skill_id, value
from ingest.worker_skills
where value < 0 or value > 100 or isnan(value);
