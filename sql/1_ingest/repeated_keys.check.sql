-- warn: more than one answer in ten is repeated
select n_repeated, n_answers
from (select count(*) as n_repeated from ingest.repeated_keys)
cross join (select count(*) as n_answers from source.responses)
where n_repeated * 10 > n_answers;
