-- fail: a query stands in two splits
select query_id, count(*) as n_lists
from published.lists
group by query_id
having count(*) > 1;

-- fail: queries that share an item were to go together, and an item stands in two splits
select item_idx, count(distinct split) as n_splits
from published.pointwise
where $group_by = 'component'
group by item_idx
having count(distinct split) > 1;
