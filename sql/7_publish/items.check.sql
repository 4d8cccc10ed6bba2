-- fail: a candidate was lost, or doubled by the catalog
select n_numbers, n_published
from (select count(*) as n_numbers from training.item_numbers)
cross join (select count(*) as n_published from publish.items)
where n_numbers <> n_published;
