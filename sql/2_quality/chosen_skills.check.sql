-- fail: a worker has two skills in a project
select worker_id, project_id, count(*) as n_rows
from quality.chosen_skills
group by worker_id, project_id
having count(*) > 1;
