-- fail: an item is shared by queries of different components
select candidates.item_id, count(distinct components.leader_idx) as n_components
from training.candidates
inner join training.queries on candidates.query_id = queries.id
inner join training.components on queries.idx = components.query_idx
group by candidates.item_id
having count(distinct components.leader_idx) > 1;
