-- warn: nothing says how many answers a task wants, so no majority is ever complete on it
select pool_id, count(*) as n_votes
from quality.ballots
where overlap is null and $needs_majorities
group by pool_id;
