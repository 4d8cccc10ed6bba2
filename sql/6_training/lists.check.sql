-- fail: a list has fewer than two candidates
select query_id, list_size
from training.lists
where list_size < 2;

-- fail: the candidates of a list are not in the order of the pointwise table
select query_id, positions
from training.lists
where positions <> array_sort(positions);
