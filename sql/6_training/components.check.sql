-- fail: an item is shared by queries of different components
select candidates.item_id, count(distinct components.leader_idx) as n_components
from training.candidates
inner join training.queries on candidates.query_id = queries.id
inner join training.components on queries.idx = components.query_idx
group by candidates.item_id
having count(distinct components.leader_idx) > 1;

-- warn: more than half of the queries hang together; the splits cannot have their shares
select leader_id, n_queries, n_queries_all
from (select leader_id, count(*) as n_queries from training.components group by leader_id)
cross join (select count(*) as n_queries_all from training.components)
where 2 * n_queries > n_queries_all and n_queries_all > 1;
