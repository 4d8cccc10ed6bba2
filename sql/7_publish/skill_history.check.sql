-- fail: a rounded skill is not the nearest whole number
select worker_id, skill_id, exact_value, value
from publish.skill_history
where abs(exact_value - value) > 0.5;
