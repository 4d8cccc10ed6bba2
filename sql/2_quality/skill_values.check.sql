-- fail: a skill lies outside 0..100
select worker_id, project_id, source, skill
from quality.skill_values
where skill < 0 or skill > 100 or isnan(skill);
