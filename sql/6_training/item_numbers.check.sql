-- fail: a number is used twice
select idx, count(*) as n_items
from training.item_numbers
group by idx
having count(*) > 1;
