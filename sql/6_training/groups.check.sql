-- fail: a query has more than 10,000 candidates, which LightGBM refuses
select query_id, n_items
from training.groups
where is_effective and n_items > 10000;

-- fail: no query has a decided pair; there is nothing to publish, look at quality.decisions
select count(*) as n_queries
from training.groups
having count(*) filter (where is_effective) = 0 and $kind = 'side_by_side';
