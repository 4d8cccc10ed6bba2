-- fail: a page has two states
select assignment_id, count(*) as n_rows
from quality.page_states
group by assignment_id
having count(*) > 1;
