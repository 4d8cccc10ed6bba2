-- fail: more control answers are right than were given
select worker_id, project_id, n_golden, n_golden_correct
from skills.evidence
where n_golden_correct > n_golden;
