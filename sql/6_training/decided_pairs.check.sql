-- fail: a chosen candidate does not score higher
select query_id, chosen_item_id, rejected_item_id, margin
from training.decided_pairs
where margin <= 0;
