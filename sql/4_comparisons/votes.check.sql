-- fail: a kept answer was lost, or counted twice
select n_kept, n_votes
from (select count(*) as n_kept from quality.decisions where is_kept and $kind = 'side_by_side')
cross join (select count(*) as n_votes from comparisons.votes)
where n_kept <> n_votes;
