-- fail: the stored rejects are not those that the ledger counts
select
    coalesce(stored.stage, ledger.stage) as stage,
    coalesce(stored.drop_reason, ledger.drop_reason) as drop_reason,
    stored.n_rows as n_stored,
    ledger.n_rows as n_in_ledger
from (
    select stage, drop_reason, count(*) as n_rows
    from published.rejects
    group by stage, drop_reason
) as stored
full join publish.ledger
    on stored.stage = ledger.stage
    and stored.drop_reason = ledger.drop_reason
where stored.n_rows is distinct from ledger.n_rows;

-- fail: stored rejects and kept votes do not add up to the answers that came in
select n_responses, n_rejects, n_votes, n_label_votes
from (select count(*) as n_responses from source.responses)
cross join (select count(*) as n_rejects from published.rejects)
cross join (
    select count(*) as n_votes
    from comparisons.votes
    left semi join published.lists on votes.query_id = lists.query_id
)
cross join (select count(*) as n_label_votes from labels.kept_answers)
where n_responses <> n_rejects + n_votes + n_label_votes;

-- fail: the stored pairs count more votes than were kept
select n_of_pairs, n_votes
from (select coalesce(sum(n_votes), 0) as n_of_pairs from published.pairs)
cross join (select count(*) as n_votes from comparisons.votes)
where n_of_pairs > n_votes;
