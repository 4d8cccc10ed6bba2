-- fail: a candidate of a published query was lost or doubled
select n_candidates, n_items
from (select count(*) as n_candidates from training.candidates)
cross join (select coalesce(sum(n_items), 0) as n_items from training.groups where is_effective)
where n_candidates <> n_items;
