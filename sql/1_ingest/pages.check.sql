-- warn: a page pays less than nothing
select assignment_id, reward_usd
from source.responses
where reward_usd < 0;
