-- fail: a number is used twice
select idx, count(*) as n_queries
from training.queries
group by idx
having count(*) > 1;
