-- fail: a list has fewer than two candidates
select query_id, list_size
from training.lists
where list_size < 2;
