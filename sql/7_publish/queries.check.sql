-- fail: a query was lost, or doubled by the catalog
select n_numbers, n_published
from (select count(*) as n_numbers from training.query_numbers)
cross join (select count(*) as n_published from publish.queries)
where n_numbers <> n_published;
