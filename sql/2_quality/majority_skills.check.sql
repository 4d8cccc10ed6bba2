-- fail: a worker agreed more often than there was a majority
select worker_id, project_id, n_majority, n_agreeing
from quality.majority_skills
where n_agreeing > n_majority;
