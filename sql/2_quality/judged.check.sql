-- fail: answers were lost or made between the input and the verdicts
select n_responses, n_judged
from (select count(*) as n_responses from source.responses)
cross join (select count(*) as n_judged from quality.judged)
where n_responses <> n_judged;
