-- fail: a score is not a finite number
select query_id, item_id, score, score_se
from ranking.scores
where isnan(score) or abs(score) > 1e300 or isnan(score_se) or abs(score_se) > 1e300;

-- warn: a ranking did not converge
select query_id, status, count(*) as n_items
from ranking.scores
where not is_converged
group by query_id, status;
