-- fail: the counts of a pair do not add up
select query_id, first_item_id, second_item_id, n_votes, n_wins_first, n_wins_second, n_ties
from comparisons.pairs
where n_votes <> n_wins_first + n_wins_second + n_ties or first_item_id >= second_item_id;
