-- fail: a vote agrees with more votes than there are
select worker_id, task_id, n_agreeing, n_top, n_votes
from quality.majorities
where n_agreeing > n_top or n_top > n_votes or n_agreeing < 1;
