-- warn: more than half of the answers were dropped
select n_dropped, n_responses
from (select sum(n_rows) as n_dropped from publish.ledger)
cross join (select count(*) as n_responses from source.responses)
where n_dropped * 2 > n_responses;
