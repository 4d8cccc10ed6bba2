-- fail: a value has two codes, or a code two values
select feature, count(*) as n_rows, count(distinct value) as n_values, count(distinct code) as n_codes
from training.categories
group by feature
having count(distinct value) <> count(*) or count(distinct code) <> count(*);

-- fail: a code is below 1, or so large that 32 bits of a float cannot tell it from its neighbours
select feature, value, code
from training.categories
where code < 1 or code > 16777216;
