-- fail: answers were lost or made between the input and the decisions
select n_responses, n_decisions
from (select count(*) as n_responses from source.responses)
cross join (select count(*) as n_decisions from quality.decisions)
where n_responses <> n_decisions;
