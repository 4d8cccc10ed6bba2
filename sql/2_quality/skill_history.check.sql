-- fail: a skill lies outside 0..100
select worker_id, skill_id, exact_value
from quality.skill_history
where exact_value < 0 or exact_value > 100 or isnan(exact_value);
