-- fail: a number is used twice
select idx, count(*) as n_queries
from training.query_numbers
group by idx
having count(*) > 1;
