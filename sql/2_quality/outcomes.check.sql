-- fail: a rule did something after the as-of time
select worker_id, kind, rule, at
from quality.outcomes
where at > $as_of;

-- fail: a skill lies outside 0..100
select worker_id, skill_id, exact_value
from quality.outcomes
where exact_value < 0 or exact_value > 100 or isnan(exact_value);
