-- fail: a page is listed twice
select assignment_id, count(*) as n_rows
from quality.banned_pages
group by assignment_id
having count(*) > 1;
