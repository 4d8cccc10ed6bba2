-- fail: a probability lies outside 0.5..1, or a pair compares a row with itself
select query_id, chosen_item_id, rejected_item_id, prob
from training.pairs
where prob < 0.5 or prob > 1 or isnan(prob) or chosen_row = rejected_row;
