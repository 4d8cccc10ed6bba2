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

-- fail: the codes of a category feature are not dense from 1, or one is used twice
select feature, count(*) as n_values, count(distinct code) as n_codes, min(code) as first_code, max(code) as last_code
from published.categories
group by feature
having count(distinct code) <> count(*) or min(code) <> 1 or max(code) <> count(*);

-- fail: a value of the snapshot before is gone or has another code
select earlier.feature, earlier.value, earlier.code
from previous.categories as earlier
left anti join published.categories as later
    on earlier.feature = later.feature
    and earlier.value = later.value
    and earlier.code = later.code;
