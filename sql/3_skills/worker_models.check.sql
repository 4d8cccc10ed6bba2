-- fail: a worker is listed twice
select worker_id, count(*) as n_rows
from skills.worker_models
group by worker_id
having count(*) > 1;

-- fail: a reliability or a favour of the left side is no share
select worker_id, reliability, left_bias
from skills.worker_models
where not (reliability between 0 and 1 and left_bias between 0 and 1);

-- warn: the worker model did not converge; weights are those of the last round
select n_rounds, count(*) as n_workers
from skills.worker_models
where not is_converged
group by n_rounds;
