-- fail: the query numbers of a split are not dense from 0
select split, count(*) as n_queries, min(qid) as qid_min, max(qid) as qid_max
from training.splits
group by split
having min(qid) <> 0 or max(qid) <> count(*) - 1;

-- warn: a split is empty
select splits_wanted.split
from (values ('train'), ('validation'), ('test')) as splits_wanted (split)
left anti join training.splits on splits_wanted.split = splits.split
where $kind = 'side_by_side';
