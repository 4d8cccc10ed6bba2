-- fail: there is not exactly one row of parameters
select count(*) as n_rows
from ranking.parameters
having count(*) <> 1;

-- warn: the favour of a side was to be taken out, but the answers cannot tell it from the strength of the items
select position_bias_status, n_left, n_right
from ranking.parameters
where $position_bias = 'on' and position_bias_status <> 'corrected';
