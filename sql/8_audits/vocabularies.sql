-- fail: the numbers of items are not dense from 0, or one is used twice
select count(*) as n_items, count(distinct idx) as n_numbers, min(idx) as first_idx, max(idx) as last_idx
from published.items
having count(distinct idx) <> count(*) or min(idx) <> 0 or max(idx) <> count(*) - 1;

-- fail: the numbers of queries are not dense from 0, or one is used twice
select count(*) as n_queries, count(distinct idx) as n_numbers, min(idx) as first_idx, max(idx) as last_idx
from published.queries
having count(distinct idx) <> count(*) or min(idx) <> 0 or max(idx) <> count(*) - 1;

-- fail: an item of the snapshot before is gone or has another number
select previous.items.id, previous.items.idx
from previous.items
left anti join published.items
    on previous.items.id = published.items.id
    and previous.items.idx = published.items.idx;

-- fail: a query of the snapshot before is gone or has another number
select previous.queries.id, previous.queries.idx
from previous.queries
left anti join published.queries
    on previous.queries.id = published.queries.id
    and previous.queries.idx = published.queries.idx;
