-- fail: a page is blocked twice
select assignment_id, count(*) as n_rows
from quality.interventions
where kind = 'BLOCKED'
group by assignment_id
having count(*) > 1;
